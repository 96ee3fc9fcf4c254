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
# dbsync serve has no HTTP without it.
add_library(dbs_microhttpd INTERFACE)
pkg_check_modules(microhttpd QUIET IMPORTED_TARGET libmicrohttpd)
if(microhttpd_FOUND)
	target_link_libraries(dbs_microhttpd INTERFACE PkgConfig::microhttpd)
	target_compile_definitions(dbs_microhttpd INTERFACE DBSYNC_HTTP)
else()
	message(STATUS "libmicrohttpd is missing: dbsync serve has no HTTP (apt-get install libmicrohttpd-dev)")
endif()

if(DBSYNC_TESTS)
	dbs_dependency(dbs_check check check)
endif()
