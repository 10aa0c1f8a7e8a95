# embed_assets(TARGET FOLDER): puts every file below FOLDER into TARGET, as it is and compressed by gzip, as the table
# that worker/protocol/http/assets.h declares. Run as a script it writes that table.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(embed_assets_script ${CMAKE_CURRENT_LIST_FILE})
  find_program(GZIP_PROGRAM gzip REQUIRED)

  function(embed_assets target folder)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
    set(table ${CMAKE_CURRENT_BINARY_DIR}/assets/assets.cpp)
    add_custom_command(OUTPUT ${table}
      COMMAND ${CMAKE_COMMAND} -D FOLDER=${folder} -D TABLE=${table} -D GZIP=${GZIP_PROGRAM} -P ${embed_assets_script}
      DEPENDS ${files} ${embed_assets_script} COMMENT "Embedding the web page" VERBATIM)
    target_sources(${target} PRIVATE ${table})
    # Symbols that assembler defines are not seen by link-time optimisation.
    set_source_files_properties(${table} PROPERTIES COMPILE_OPTIONS -fno-lto)
  endfunction()
  return()
endif()

function(content_type path out)
  set(known "html=text/html\; charset=utf-8" "js=text/javascript\; charset=utf-8" "css=text/css\; charset=utf-8"
    "svg=image/svg+xml" "json=application/json" "webmanifest=application/manifest+json"
    "txt=text/plain\; charset=utf-8" "png=image/png" "ico=image/x-icon" "webp=image/webp" "woff2=font/woff2")
  cmake_path(GET path EXTENSION LAST_ONLY extension)
  foreach(row IN LISTS known)
    string(REGEX MATCH "^([a-z0-9]+)=(.*)$" row "${row}")
    if(extension STREQUAL ".${CMAKE_MATCH_1}")
      set(${out} "${CMAKE_MATCH_2}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${path}: no content type is known for \"${extension}\" (cmake/embed_assets.cmake)")
endfunction()

# Bytes of a file as a symbol.
function(append_bytes symbol file)
  string(APPEND bytes "asm(\".section .rodata\\n${symbol}: .incbin \\\"${file}\\\"\\n.previous\\n\");\n"
    "extern const char ${symbol}[] asm(\"${symbol}\");\n")
  set(bytes "${bytes}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)
cmake_path(GET TABLE PARENT_PATH work)
file(MAKE_DIRECTORY ${work})
set(bytes "")
set(rows "")
set(number 0)
foreach(path IN LISTS files)
  set(plain ${FOLDER}/${path})
  set(packed ${work}/${number}.gz)
  execute_process(COMMAND ${GZIP} -9 -n -c ${plain} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE ${plain} plain_bytes)
  file(SIZE ${packed} packed_bytes)
  file(SHA256 ${plain} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  content_type(${path} type)
  append_bytes(banterd_asset_${number} ${plain})
  set(gzip "{}")
  if(packed_bytes LESS plain_bytes)
    append_bytes(banterd_asset_${number}_gzip ${packed})
    set(gzip "{banterd_asset_${number}_gzip, ${packed_bytes}}")
  endif()
  string(APPEND rows "    {\"/${path}\", \"${type}\", \"W/\\\"${hash}\\\"\",\n     {banterd_asset_${number}, "
    "${plain_bytes}},\n     ${gzip}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${TABLE} "// Written by cmake/embed_assets.cmake.
#include <array>

#include \"worker/protocol/http/assets.h\"

namespace banterd::worker::http {

${bytes}
namespace {

constexpr std::array<Asset, ${number}> kAssets{{
${rows}}};

}  // namespace

std::span<const Asset> assets() { return kAssets; }

}  // namespace banterd::worker::http
")
