// FORMAT, two lines of text:
//
//   treeline VERSION
//   incarnation NUMBER
#include "broker/server/data_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/server/exit_code.hpp"
#include "net/fd.hpp"

namespace treeline {

namespace {

namespace fs = std::filesystem;

StartError refuse(const std::string& line) {
    return {ExitCode::configuration, line};
}

StartError unwritable(const fs::path& path, std::error_code error) {
    const bool forbidden = error == std::errc::permission_denied ||
                           error == std::errc::operation_not_permitted ||
                           error == std::errc::read_only_file_system;
    return {forbidden ? ExitCode::no_right : ExitCode::storage,
            "can't write " + path.string() + ": " + error.message()};
}

void need_right(const fs::path& directory) {
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        throw StartError(ExitCode::no_right,
                         "no right to read and write the data directory " + directory.string());
    }
}

}  // namespace

fs::path default_data_directory() {
    if (const char* base = std::getenv("XDG_DATA_HOME"); base != nullptr && *base != '\0') {
        return fs::path(base) / "treeline";
    }
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        return fs::path(home) / ".local" / "share" / "treeline";
    }
    return "treeline-data";
}

Format read_format(const fs::path& file) {
    std::ifstream stream(file);
    std::string name;
    std::string word;
    Format format;
    if (!(stream >> name >> format.version) || name != "treeline") {
        throw refuse("not a treeline data directory: " + file.string());
    }
    if (format.version > format_version) {
        throw refuse("the data directory has the newer format " + std::to_string(format.version) +
                     ", this is treeline of format " + std::to_string(format_version));
    }
    if (!(stream >> word >> format.incarnation) || word != "incarnation") {
        throw refuse("no incarnation in " + file.string());
    }
    return format;
}

void write_format(const fs::path& file, const Format& format) {
    const std::string text = "treeline " + std::to_string(format.version) + "\nincarnation " +
                             std::to_string(format.incarnation) + "\n";
    const fs::path fresh = file.string() + ".new";
    const Fd descriptor(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const bool written =
        descriptor &&
        ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(descriptor.get()) == 0;
    if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
        throw unwritable(file, {errno, std::generic_category()});
    }
}

Format prepare_data_directory(const DataPaths& paths, bool must_exist) {
    std::error_code error;
    const bool known = fs::exists(paths.format(), error);
    if (must_exist && !known) {
        throw refuse("data.must_exist: nothing of treeline's in " + paths.root.string());
    }
    if (fs::exists(paths.root, error) && !fs::is_directory(paths.root, error)) {
        throw refuse("not a directory: " + paths.root.string());
    }
    const bool made = fs::create_directories(paths.root, error);
    if (error) {
        throw unwritable(paths.root, error);
    }
    need_right(paths.root);
    if (known) {
        return read_format(paths.format());
    }
    if (made) {
        ::chmod(paths.root.c_str(), 0700);
    }
    write_format(paths.format(), {});
    return {};
}

}  // namespace treeline
