# Read by cpack.  All files of a package have the time of the commit that it is
# made of, so that the same commit and compiler give the same bytes, wherever and
# whenever.  A tarball of scripts/release has it in cmake/epoch; a clone asks git.

if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
	file(STRINGS ${CPACK_DBSYNC_SOURCE}/cmake/epoch epoch LIMIT_COUNT 1)
	if(NOT epoch MATCHES "^[0-9]+$")
		execute_process(COMMAND git show -s --format=%ct HEAD
			WORKING_DIRECTORY ${CPACK_DBSYNC_SOURCE}
			OUTPUT_VARIABLE epoch OUTPUT_STRIP_TRAILING_WHITESPACE
			ERROR_QUIET)
	endif()
	if(epoch MATCHES "^[0-9]+$")
		set(ENV{SOURCE_DATE_EPOCH} ${epoch})
	endif()
endif()
