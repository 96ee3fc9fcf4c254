# The libraries, found with pkg-config.  A missing one is named with the Debian
# package that brings it.

find_program(PKG_CONFIG_EXECUTABLE NAMES pkg-config pkgconf)
if(NOT PKG_CONFIG_EXECUTABLE)
	message(FATAL_ERROR "pkg-config is missing: apt-get install pkg-config")
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# dbs_dependency(TARGET MODULE PACKAGE): an imported target TARGET
function(dbs_dependency target module package)
	pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module})
	if(NOT ${target}_FOUND)
		message(FATAL_ERROR "${module} is missing: apt-get install ${package}")
	endif()
	add_library(${target} INTERFACE)
	target_link_libraries(${target} INTERFACE PkgConfig::${target})
	set(${target}_VERSION ${${target}_VERSION} PARENT_SCOPE)
endfunction()

dbs_dependency(dbs_libmariadb libmariadb libmariadb-dev)
dbs_dependency(dbs_crypto libcrypto libssl-dev)
dbs_dependency(dbs_xxhash libxxhash libxxhash-dev)
dbs_dependency(dbs_zstd libzstd libzstd-dev)
dbs_dependency(dbs_zlib zlib zlib1g-dev)
dbs_dependency(dbs_jsonc json-c libjson-c-dev)
# dbs_optional(TARGET MODULE PACKAGE OPTION): the same of one that a build can do
# without; what links TARGET has the define OPTION when it is there.
function(dbs_optional target module package option)
	option(${option} "${module} is used if it is installed" ON)
	add_library(${target} INTERFACE)
	if(${option})
		pkg_check_modules(${target}_module QUIET IMPORTED_TARGET ${module})
	endif()
	if(${option} AND ${target}_module_FOUND)
		target_link_libraries(${target} INTERFACE PkgConfig::${target}_module)
		target_compile_definitions(${target} INTERFACE ${option})
		message(STATUS "${option}: ${module} ${${target}_module_VERSION}")
		set(${target}_USED TRUE PARENT_SCOPE)
	else()
		message(STATUS "${option}: none (apt-get install ${package})")
	endif()
endfunction()

# dbsync serve has no HTTP without it.
dbs_optional(dbs_microhttpd libmicrohttpd libmicrohttpd-dev DBSYNC_HTTP)

if(DBSYNC_TESTS)
	dbs_dependency(dbs_check check check)
endif()
