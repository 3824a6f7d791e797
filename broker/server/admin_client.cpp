// One connection, one line there, one line back.
#include "broker/server/admin_client.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <boost/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include "broker/server/data_directory.hpp"
#include "broker/server/first_start.hpp"
#include "net/fd.hpp"

namespace treeline {

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

Fd connect_to(const fs::path& data) {
    const std::string path = DataPaths{data}.admin_socket().string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        throw StartError(ExitCode::usage, "the path is too long: " + path);
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
        0) {
        const bool denied = errno == EACCES || errno == EPERM;
        throw StartError(denied ? ExitCode::no_right : ExitCode::port_in_use,
                         (denied ? "no right to use " : "no broker listens on ") + path);
    }
    return socket;
}

json::object ask(const fs::path& data, const std::string& line) {
    const Fd socket = connect_to(data);
    const std::string whole = line + "\n";
    ::send(socket.get(), whole.data(), whole.size(), MSG_NOSIGNAL);
    std::string answer;
    std::array<char, 4096> bytes{};
    for (ssize_t got = 0; (got = ::recv(socket.get(), bytes.data(), bytes.size(), 0)) > 0;) {
        answer.append(bytes.data(), static_cast<std::size_t>(got));
    }
    if (answer.empty()) {
        throw StartError(ExitCode::no_right, "the broker hung up: only its own user may command");
    }
    return json::parse(answer).as_object();
}

ExitCode finish(json::object& answer) {
    const auto code = answer.contains("exit") ? answer["exit"].to_number<int>() : 0;
    answer.erase("exit");
    if (const json::value* error = answer.if_contains("error")) {
        std::fprintf(stderr, "treelined: %s\n", error->as_string().c_str());
    } else if (const json::value* text = answer.if_contains("text")) {
        std::fputs(text->as_string().c_str(), stdout);
    } else if (!answer.empty()) {
        std::printf("%s\n", json::serialize(answer).c_str());
    }
    return static_cast<ExitCode>(code);
}

}  // namespace

ExitCode run_admin(const fs::path& data, const std::vector<std::string>& words) {
    std::string line = words.front();
    for (std::size_t index = 1; index < words.size(); ++index) {
        const bool directory = words.front() == "backup" || words.front() == "verify";
        line += " " + (directory ? fs::absolute(words[index]).string() : words[index]);
    }
    json::object answer = ask(data, line);
    return finish(answer);
}

ExitCode run_new_root(const fs::path& data, const std::string& name, const std::string& email) {
    const char* given = std::getenv("TREELINE_ADMIN_PASSWORD");
    const bool generated = given == nullptr || *given == '\0';
    const std::string password = generated ? random_password() : given;
    json::object answer = ask(
        data,
        json::serialize(json::object{
            {"command", "new-root"}, {"name", name}, {"email", email}, {"password", password}}));
    // An account that was there keeps its password.
    const json::value* const is_new = answer.if_contains("is_new");
    const bool made = is_new != nullptr && is_new->as_bool();
    answer.erase("is_new");
    const ExitCode code = finish(answer);
    if (made && generated) {
        std::printf("admin %s password %s\n", email.c_str(), password.c_str());
    }
    return code;
}

}  // namespace treeline
