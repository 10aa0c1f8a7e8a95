// What chatload prints: one JSON object a line.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/chatload/measurement.h"

namespace banterd::bench {

// In the order in which they were put in.
using Record = nlohmann::ordered_json;

void print(const Record& record);

// Of a measurement of traffic. `repetition` counts from 0.
Record traffic_record(const Options& options, const Phase& phase, uint32_t repetition,
                      Traffic& traffic, const Outcome& outcome);

const char* name_of(Mode mode);

}  // namespace banterd::bench
