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

# What makes a mistake in this program, or in a library, harder to use.
# tests/package/run looks whether it is there.
include(CheckCCompilerFlag)
add_compile_options(-fPIE)
add_link_options(-pie)			# addresses are another at each start
add_link_options(-Wl,-z,relro,-z,now)	# tables of addresses cannot be written to
foreach(flag IN ITEMS
		-fstack-protector-strong	# an overrun is noticed before it returns
		-fstack-clash-protection	# large frames touch each page
		-fcf-protection			# x86: jumps land where they may (CET)
		-mbranch-protection=standard)	# the same on ARM
	string(MAKE_C_IDENTIFIER "has${flag}" has)
	check_c_compiler_flag("-Werror ${flag}" ${has})
	if(${has})
		add_compile_options(${flag})
	endif()
endforeach()
# Lengths are looked at where they are known.  Needs optimizing, and knows
# nothing of sanitizers, which look at all of them.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT DBSYNC_SANITIZE)
	add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()

# Each file of unit tests is a program of its own; gold links them in half the
# time.  What people run is linked as their distribution links.
include(CheckLinkerFlag)
if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
	check_linker_flag(C -fuse-ld=gold has_gold)
	if(has_gold)
		add_link_options(-fuse-ld=gold)
	endif()
endif()

# The folder that it was built in is nowhere in the program, so that everybody
# gets the same bytes out of the same source and compiler.
# (-flto compiles when it links; ccache may name sources from where it builds.)
set(prefixes -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
	-ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
if(up MATCHES "^\\.\\.")
	string(REGEX REPLACE "/+$" "" up ${up})
	list(APPEND prefixes -ffile-prefix-map=${up}/=)
endif()
add_compile_options(${prefixes})
add_link_options(${prefixes})

if(DBSYNC_SANITIZE)
	add_compile_options(-fsanitize=${DBSYNC_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${DBSYNC_SANITIZE})
endif()
if(DBSYNC_FAULTS)
	add_compile_definitions(DBSYNC_FAULTS)
endif()
add_compile_definitions(_GNU_SOURCE)
