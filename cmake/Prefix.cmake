# What names the program by its path follows the prefix: included when it is
# installed, for only then the prefix is known (cmake --install --prefix), and by
# Packed.cmake, for a package is staged in another folder than it is installed in.

# dbsync_with_paths(FROM TO PREFIX): @BINDIR@ and @DATADIR@ become folders of PREFIX.
function(dbsync_with_paths from to prefix)
	set(BINDIR ${prefix})
	set(DATADIR ${prefix})
	cmake_path(APPEND BINDIR ${DBSYNC_BINDIR})
	cmake_path(APPEND DATADIR ${DBSYNC_DATADIR})
	configure_file(${from} ${to} @ONLY NEWLINE_STYLE UNIX
		FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()
