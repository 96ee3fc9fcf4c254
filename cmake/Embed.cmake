# cmake -DFROM=FOLDER -DTO=HEADER -P cmake/Embed.cmake: pages as arrays of C.
#
# A .html file consists of pieces, each below a line `<!-- NAME: what it is -->`
# and with an empty line before the next one; it becomes html_NAME.  A `\` at the
# end of a line joins it to the next one, without the tabs that this begins with.
# NAME.css becomes css_NAME: all its lines are joined, and comments left out.
# NAME.js becomes js_NAME, as it is.

function(add_array name text)
	string(HEX "${text}" bytes)
	string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
	string(APPEND header "static const char ${name}[] = {${bytes}0};\n")
	set(header "${header}" PARENT_SCOPE)
endfunction()

set(header "/* Made by cmake/Embed.cmake. */\n")

file(GLOB styles ${FROM}/*.css)
foreach(file IN LISTS styles)
	get_filename_component(name ${file} NAME_WE)
	file(READ ${file} text)
	string(REGEX REPLACE "/\\*[^*]*\\*/" "" text "${text}")
	string(REGEX REPLACE "\n\t*" "" text "${text}")
	add_array(css_${name} "${text}")
endforeach()

file(GLOB scripts ${FROM}/*.js)
foreach(file IN LISTS scripts)
	get_filename_component(name ${file} NAME_WE)
	file(READ ${file} text)
	add_array(js_${name} "${text}")
endforeach()

file(GLOB pages ${FROM}/*.html)
foreach(file IN LISTS pages)
	file(READ ${file} text)
	while(text MATCHES "^<!-- ([a-z_]+): [^\n]*-->\n")
		set(name ${CMAKE_MATCH_1})
		string(LENGTH "${CMAKE_MATCH_0}" head)
		string(FIND "${text}" "\n\n<!-- " end)
		if(end LESS 0)
			string(LENGTH "${text}" end)
			math(EXPR end "${end} - 1")
		endif()
		math(EXPR length "${end} + 1 - ${head}")
		math(EXPR next "${end} + 2")
		string(SUBSTRING "${text}" ${head} ${length} piece)
		string(REGEX REPLACE "\\\\\n\t*" "" piece "${piece}")
		add_array(html_${name} "${piece}")
		string(LENGTH "${text}" all)
		if(next LESS all)
			string(SUBSTRING "${text}" ${next} -1 text)
		else()
			set(text "")
		endif()
	endwhile()
	if(NOT text STREQUAL "")
		message(FATAL_ERROR "${file}: no piece begins here:\n${text}")
	endif()
endforeach()

file(WRITE ${TO} "${header}")
