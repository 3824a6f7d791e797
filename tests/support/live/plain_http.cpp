#include "tests/support/live/plain_http.hpp"

#include <fstream>
#include <regex>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace treeline::live {

std::uint16_t listener_port(const Server& server, const std::string& which) {
    std::ifstream log(server.log_file());
    const std::regex told(which + " listener on [^ ]*:([0-9]+)");
    std::smatch match;
    for (std::string line; std::getline(log, line);) {
        if (std::regex_search(line, match, told)) {
            return static_cast<std::uint16_t>(std::stoul(match[1]));
        }
    }
    return 0;
}

std::string plain_get(std::uint16_t port, const std::string& path) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const std::string request =
            "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        send(fd, request.data(), request.size(), MSG_NOSIGNAL);
        char bytes[4096];
        for (ssize_t n = 0; (n = recv(fd, bytes, sizeof bytes, 0)) > 0;) {
            answer.append(bytes, static_cast<std::size_t>(n));
        }
    }
    close(fd);
    return answer;
}

}  // namespace treeline::live
