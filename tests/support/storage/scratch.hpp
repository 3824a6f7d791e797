// ScratchDirectory: a directory of one test's own, gone when it ends.
#pragma once

#include <filesystem>
#include <string>

#include <stdlib.h>

#include "base/check.hpp"

namespace treeline {

class ScratchDirectory {
  public:
    ScratchDirectory() {
        std::string path = (std::filesystem::temp_directory_path() / "treeline-XXXXXX").string();
        CHECK(::mkdtemp(path.data()) != nullptr);
        path_ = path;
    }
    ~ScratchDirectory() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

}  // namespace treeline
