# Install rules: libraries, headers, CMake package, pkg-config files; the command and the Lua module
# install themselves.
include(CMakePackageConfigHelpers)

install(TARGETS chandra EXPORT chandra
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(NOT CHANDRA_KUBE)
  set(CHANDRA_EXCLUDED_HEADERS PATTERN kube.h EXCLUDE)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/chandra DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  ${CHANDRA_EXCLUDED_HEADERS})
if(CHANDRA_LUA)
  set_target_properties(chandra_lua PROPERTIES EXPORT_NAME lua)
  install(TARGETS chandra_lua EXPORT chandra
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/bindings/lua/include/chandra
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/policies DESTINATION ${CMAKE_INSTALL_DATADIR}/chandra
    FILES_MATCHING PATTERN "*.lua" PATTERN "*_spec.lua" EXCLUDE)
endif()

set(CHANDRA_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/chandra)
install(EXPORT chandra NAMESPACE chandra:: DESTINATION ${CHANDRA_CMAKE_DIR}
  FILE chandraTargets.cmake)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/chandraConfig.cmake.in
  ${PROJECT_BINARY_DIR}/chandraConfig.cmake INSTALL_DESTINATION ${CHANDRA_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/chandraConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/chandraConfig.cmake
  ${PROJECT_BINARY_DIR}/chandraConfigVersion.cmake DESTINATION ${CHANDRA_CMAKE_DIR})

if(CHANDRA_KUBE)
  set(CHANDRA_PC_KUBE ", libcurl")
endif()
# A prefix that is relative to the file survives `cmake --install --prefix`. A static library cannot
# name its dependencies, so its users need them without asking for --static.
if(BUILD_SHARED_LIBS)
  set(CHANDRA_PC_REQUIRES Requires.private)
else()
  set(CHANDRA_PC_REQUIRES Requires)
  set(CHANDRA_PC_LUA_STATIC ", lua5.4, libcrypto")
endif()
file(RELATIVE_PATH CHANDRA_PC_INCLUDE ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  ${CMAKE_INSTALL_FULL_INCLUDEDIR})
foreach(name chandra chandra-lua)
  if(name STREQUAL chandra OR CHANDRA_LUA)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    # With the build folder in PKG_CONFIG_PATH, programs build against it as against an installed one.
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${name}-uninstalled.pc.in
      ${PROJECT_BINARY_DIR}/${name}-uninstalled.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endif()
endforeach()
