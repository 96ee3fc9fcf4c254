# Where everything goes, and the Debian package.
#
# The man page and the completions are what the program itself says; they are
# made when it is built, so nothing here can be older than it.

include(GNUInstallDirs)

# Whatever the umask of who builds it (folders of a package have to be readable).
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE
	GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	${CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})

set(_made ${CMAKE_BINARY_DIR}/made)
file(MAKE_DIRECTORY ${_made})
add_custom_command(
	OUTPUT ${_made}/dbsync.1 ${_made}/dbsync.bash ${_made}/_dbsync
		${_made}/dbsync.fish
	COMMAND dbsync --man > ${_made}/dbsync.1
	COMMAND dbsync --completion bash > ${_made}/dbsync.bash
	COMMAND dbsync --completion zsh > ${_made}/_dbsync
	COMMAND dbsync --completion fish > ${_made}/dbsync.fish
	DEPENDS dbsync
	COMMENT "Man page and completions"
	VERBATIM)
add_custom_target(manual ALL
	DEPENDS ${_made}/dbsync.1 ${_made}/dbsync.bash ${_made}/_dbsync
		${_made}/dbsync.fish)

install(TARGETS dbsync RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${_made}/dbsync.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${_made}/dbsync.bash RENAME dbsync
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${_made}/_dbsync
	DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${_made}/dbsync.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# beside each other as here, for they link to each other
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES bench/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/bench)
install(FILES README.md SECURITY.md CHANGELOG.md CONTRIBUTING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/dbsync.json sql/grants.sql
	packaging/docker-compose.yml packaging/kubernetes.yaml
	DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(PROGRAMS scripts/db-backup-scheduler.sh scripts/incremental-db-sync.sh
	DESTINATION ${CMAKE_INSTALL_DATADIR}/dbsync/scripts)
install(FILES scripts/lib/find-dbsync.sh
	DESTINATION ${CMAKE_INSTALL_DATADIR}/dbsync/scripts/lib)
install(FILES docs/config.schema.json
	DESTINATION ${CMAKE_INSTALL_DATADIR}/dbsync)
install(FILES packaging/systemd/dbsync@.timer DESTINATION lib/systemd/system)

# Units and lines for cron name the program by its path: cmake/Prefix.cmake.
set(DBSYNC_WITH_PATHS
	systemd/dbsync@.service lib/systemd/system
	systemd/dbsync-serve.service lib/systemd/system
	dbsync.cron ${CMAKE_INSTALL_DOCDIR}/examples)
set(_settings "
	set(DBSYNC_BINDIR \"${CMAKE_INSTALL_BINDIR}\")
	set(DBSYNC_DATADIR \"${CMAKE_INSTALL_DATADIR}\")
	include(\"${CMAKE_SOURCE_DIR}/cmake/Prefix.cmake\")")
set(_files ${DBSYNC_WITH_PATHS})
while(_files)
	list(POP_FRONT _files _file _folder)
	cmake_path(GET _file FILENAME _name)
	install(CODE "${_settings}
		dbsync_with_paths(\"${CMAKE_SOURCE_DIR}/packaging/${_file}.in\"
			\"${_made}/${_name}\" \"\${CMAKE_INSTALL_PREFIX}\")")
	install(FILES ${_made}/${_name} DESTINATION ${_folder})
endwhile()

set(CPACK_GENERATOR DEB)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/Package.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/Packed.cmake)
set(CPACK_DBSYNC_SOURCE ${CMAKE_SOURCE_DIR})
set(CPACK_DBSYNC_BINDIR ${CMAKE_INSTALL_BINDIR})
set(CPACK_DBSYNC_DATADIR ${CMAKE_INSTALL_DATADIR})
set(CPACK_DBSYNC_DOCDIR ${CMAKE_INSTALL_DOCDIR})
set(CPACK_DBSYNC_MANDIR ${CMAKE_INSTALL_MANDIR})
set(CPACK_DBSYNC_WITH_PATHS ${DBSYNC_WITH_PATHS})
set(CPACK_PACKAGE_NAME dbsync)
set(CPACK_PACKAGE_VENDOR "the authors of dbsync")
set(CPACK_PACKAGE_CONTACT "the authors of dbsync <dbsync@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "zstd, mariadb-client")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Compares databases by their rows or by digests that do not cancel out, writes
only what differs, after a verified backup point, and can undo what it did.
Copies whole databases beside the target and swaps them in at once.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
	${CMAKE_SOURCE_DIR}/packaging/postinst
	${CMAKE_SOURCE_DIR}/packaging/prerm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
