// The sizes of the caches.
#pragma once
#include <fstream>
#include <string>

namespace limits {

// Bytes of the cache of a level that holds data, from Linux; `otherwise` where it does not tell.
inline size_t CacheBytes(int level, size_t otherwise) {
  for (int index = 0; index < 8; index++) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    std::ifstream level_file(folder + "level"), type_file(folder + "type"), size_file(folder + "size");
    int found = 0;
    std::string type;
    size_t size = 0;
    char unit = 'K';
    if (!(level_file >> found && type_file >> type && size_file >> size)) break;
    size_file >> unit;
    if (found == level && type != "Instruction") return size << (unit == 'M' ? 20 : 10);
  }
  return otherwise;
}

}  // namespace limits
