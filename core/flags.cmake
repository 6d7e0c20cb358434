# Warnings and sanitizers in one target that never leaks into the export.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_library(chandra_flags INTERFACE)
target_compile_definitions(chandra_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(chandra_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough)
if(CHANDRA_WERROR)
  target_compile_options(chandra_flags INTERFACE -Werror)
endif()
if(CHANDRA_SANITIZE)
  target_compile_options(chandra_flags INTERFACE
    -fsanitize=${CHANDRA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(chandra_flags INTERFACE -fsanitize=${CHANDRA_SANITIZE})
endif()
