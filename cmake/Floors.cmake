# dbs_floor(NAME USES TARGET...): the static library dbs_NAME out of src/NAME,
# which sees the headers and calls the functions of what it uses only.
function(dbs_floor name)
	cmake_parse_arguments(FLOOR "" "" "USES" ${ARGN})
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
	add_library(dbs_${name} STATIC ${sources})
	target_include_directories(dbs_${name} PUBLIC
		${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/generated)
	target_link_libraries(dbs_${name} PUBLIC ${FLOOR_USES})
endfunction()

# dbs_pieces(NAME HEADER): what is in src/NAME/page, as arrays (Embed.cmake).
function(dbs_pieces name header)
	set(pieces ${CMAKE_BINARY_DIR}/generated/${header})
	set(folder ${CMAKE_SOURCE_DIR}/src/${name}/page)
	set(embed ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake)
	file(GLOB pages CONFIGURE_DEPENDS ${folder}/*)
	add_custom_command(OUTPUT ${pieces} VERBATIM
		COMMAND ${CMAKE_COMMAND} -DFROM=${folder} -DTO=${pieces} -P ${embed}
		DEPENDS ${embed} ${pages})
	target_sources(dbs_${name} PRIVATE ${pieces})
endfunction()
