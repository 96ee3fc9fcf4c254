# Run by cpack between staging and packing: what is different in a package.  Paths
# are those of where it will be installed, and a Debian package has what their
# policy asks for: a changelog, a copyright file, and compressed pages.

include(${CPACK_DBSYNC_SOURCE}/cmake/Prefix.cmake)
set(DBSYNC_BINDIR ${CPACK_DBSYNC_BINDIR})
set(DBSYNC_DATADIR ${CPACK_DBSYNC_DATADIR})
set(staged ${CPACK_TEMPORARY_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX})

set(files ${CPACK_DBSYNC_WITH_PATHS})
while(files)
	list(POP_FRONT files file folder)
	cmake_path(GET file FILENAME name)
	dbsync_with_paths(${CPACK_DBSYNC_SOURCE}/packaging/${file}.in
		${staged}/${folder}/${name} ${CPACK_PACKAGING_INSTALL_PREFIX})
endwhile()

if(NOT CPACK_GENERATOR STREQUAL DEB)
	return()
endif()

function(compress file)
	# without a name and a time: the same bytes every time
	execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(doc ${staged}/${CPACK_DBSYNC_DOCDIR})
file(GLOB pages ${staged}/${CPACK_DBSYNC_MANDIR}/man*/*)
foreach(page ${pages})
	compress(${page})
endforeach()

# (its date is SOURCE_DATE_EPOCH, which Package.cmake has set)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog "dbsync (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * The changes of this version are in CHANGELOG.md, in this folder.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
compress(${doc}/changelog)

file(READ ${CPACK_DBSYNC_SOURCE}/LICENSE license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)\n" _ "${license}")
set(holders ${CMAKE_MATCH_1})
string(REGEX REPLACE "^.*\n(Permission is )" "\\1" license "${license}")
string(STRIP "${license}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: dbsync

Files: *
Copyright: ${holders}
License: Expat
 ${license}
")
