// What the strings of a configuration must look like. One rule each: the sentence that people get,
// and the check.
#pragma once

#include "conf/object_reader.h"

namespace banterd::conf {

extern const TextRule kServerName;
extern const TextRule kDescription;
extern const TextRule kPath;  // absolute or relative to the working directory
extern const TextRule
    kUnixPath;  // absolute, and short enough for sockaddr_un with the NUL behind it (unix(7))
extern const TextRule kPassword;
extern const TextRule
    kRoomName;  // the rule of chat's room names, which this folder may not include
extern const TextRule kOperatorName;
extern const TextRule kPasswordHash;
extern const TextRule kAddress;
extern const TextRule kFileMode;
extern const TextRule kSuffix;
extern const TextRule kOrigin;
extern const TextRule kProxy;

}  // namespace banterd::conf
