# Installs what has a place of its own in a system: the default configuration and the systemd units, whose paths follow
# the prefix. It runs when `cmake --install` does, because --prefix may name another prefix than the one configured.
# Uses BANTERD_SOURCE, BANTERD_BINARY_DIR and, as every install script does, CMAKE_INSTALL_PREFIX and DESTDIR.

# A distribution's prefix /usr keeps its configuration in /etc (Filesystem Hierarchy Standard).
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(etc /etc)
else()
  set(etc "${CMAKE_INSTALL_PREFIX}/etc")
endif()

# An operator's own configuration is never overwritten: the new default goes beside it.
set(folder "$ENV{DESTDIR}${etc}/banterd")
set(config "${folder}/banterd.json")
if(NOT EXISTS "${folder}")
  # The service's user has to reach it, also where root's umask is 077.
  file(MAKE_DIRECTORY "${folder}")
  file(CHMOD "${folder}" DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
endif()
if(EXISTS "${config}")
  file(INSTALL "${BANTERD_SOURCE}/conf/banterd.json" DESTINATION "${etc}/banterd" RENAME banterd.json.new)
else()
  file(INSTALL "${BANTERD_SOURCE}/conf/banterd.json" DESTINATION "${etc}/banterd")
endif()

foreach(unit banterd.service banterd.socket)
  file(READ "${BANTERD_SOURCE}/systemd/${unit}" text)
  string(REPLACE "/usr/bin/banterd" "${CMAKE_INSTALL_PREFIX}/bin/banterd" text "${text}")
  string(REPLACE "/usr/share/" "${CMAKE_INSTALL_PREFIX}/share/" text "${text}")
  string(REPLACE "/etc/banterd/" "${etc}/banterd/" text "${text}")
  file(WRITE "${BANTERD_BINARY_DIR}/systemd/${unit}" "${text}")
  file(INSTALL "${BANTERD_BINARY_DIR}/systemd/${unit}" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
endforeach()
