// The data directory: where things lie in it, and the FORMAT file that says who may read them.
#pragma once

#include <cstdint>
#include <filesystem>

namespace treeline {

struct DataPaths {
    std::filesystem::path root;
    std::filesystem::path format() const { return root / "FORMAT"; }
    std::filesystem::path registry() const { return root / "registry"; }
    std::filesystem::path values() const { return root / "values"; }
    std::filesystem::path audit() const { return root / "audit"; }
    // What the salts of the audit are derived from: 32 bytes, mode 0600.
    std::filesystem::path audit_key() const { return root / "audit.key"; }
    // What the tokens in mails are made from: 32 bytes, mode 0600.
    std::filesystem::path mail_key() const { return root / "mail.key"; }
    std::filesystem::path mail() const { return root / "mail"; }  // letters as files
    std::filesystem::path tls() const { return root / "tls"; }
    std::filesystem::path admin_socket() const { return root / "admin.sock"; }
};

inline constexpr std::uint32_t format_version = 1;
struct Format {
    std::uint32_t version = format_version;
    std::uint64_t incarnation = 1;  // +1 with every restore
};

// $XDG_DATA_HOME/treeline, else ~/.local/share/treeline, else ./treeline-data.
std::filesystem::path default_data_directory();
// Throws StartError: it can't be made or written, it must exist and is empty, its format is newer.
Format prepare_data_directory(const DataPaths& paths, bool must_exist);
// Throws StartError when the file is there and isn't a format of ours.
Format read_format(const std::filesystem::path& file);
void write_format(const std::filesystem::path& file, const Format& format);

}  // namespace treeline
