# Warnings, each with its reason, and the build modes.

add_compile_options(
	-Wall -Wextra -Wpedantic	# what everybody should have
	-Wshadow			# a name means one thing at a time
	-Wconversion			# lengths of servers never shrink silently
	-Wstrict-prototypes -Wmissing-prototypes	# every function has a header or is static
	-Wvla				# memory is bounded by design
	-Wcast-qual -Wwrite-strings	# borrowed stays borrowed
	-Wformat=2			# formats are literals
	-Wundef				# a misspelt macro is not 0
	-Wswitch-enum			# a new enum value visits every switch
	-Wimplicit-fallthrough)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	add_compile_options(-Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
	# own_take is a statement expression on purpose
	add_compile_options(-Wno-gnu-statement-expression)
endif()
if(DBSYNC_WERROR)
	add_compile_options(-Werror)
endif()
if(DBSYNC_SANITIZE)
	add_compile_options(-fsanitize=${DBSYNC_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${DBSYNC_SANITIZE})
endif()
if(DBSYNC_FAULTS)
	add_compile_definitions(DBSYNC_FAULTS)
endif()
add_compile_definitions(_GNU_SOURCE)
