// login, logout, whoami.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/problem.hpp"
#include "cli/shell.hpp"
#include "cli/table.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter login_parameters[]{
    {"EMAIL", "email", Kind::text, Place::body, Missing::refused, "Your address"}};

Session session_of(const Shell& shell, const json::value& answer) {
    const json::value* const user = member(answer, "user");
    return {.server = shell.client.access().server.url,
            .ca_file = shell.client.access().ca_file,
            .access_token = text_of(answer, "access_token"),
            .refresh_token = text_of(answer, "refresh_token"),
            .email = user == nullptr ? std::string() : text_of(*user, "email"),
            .user = user == nullptr ? 0 : number_of(*user, "id").value_or(0),
            .home_org = number_of(answer, "home_org").value_or(0)};
}

// Nobody's call: an old session's token has no say in who signs in.
int login(Shell& shell, const Command&, const Given& given) {
    const auto password = secret(shell, "TREELINE_PASSWORD", "password", false);
    if (!password) {
        return static_cast<int>(password.error());
    }
    Access access = shell.client.access();
    access.token.clear();
    access.is_of_session = false;
    Client nobody(shell.outside, access, shell.client.session_file());
    const HttpAnswer answer = nobody.send(
        {"POST", "/sessions",
         json::serialize(json::object{{"email", given.one("EMAIL")}, {"password", *password}})});
    const auto value = parse_json(answer.body);
    if (answer.status == 401) {
        const bool is_suspended = value && text_of(*value, "code") == "suspended";
        return static_cast<int>(complain(
            shell, is_suspended ? "this account is suspended" : "address or password is wrong",
            exit_no_right));
    }
    if (!answer.is_success() || !value) {
        return static_cast<int>(complain(shell, answer));
    }
    const Session session = session_of(shell, *value);
    const SessionFile& file = shell.client.session_file();
    const SessionFile::Lock lock(file);
    const std::string wrong = file.save(session);
    if (!wrong.empty()) {
        return static_cast<int>(complain(shell, wrong, exit_usage));
    }
    if (shell.globals.json) {
        shell.outside.out << answer.body << '\n';
    } else {
        shell.outside.out << "signed in as " << safe_text(session.email) << " at " << session.server
                          << '\n';
    }
    return exit_ok;
}

// The tokens go from here whatever the server says; a session that is over already is no failure.
int logout(Shell& shell, const Command&, const Given&) {
    const Access& access = shell.client.access();
    if (access.token.empty()) {
        return static_cast<int>(complain(shell, "you are not signed in", exit_no_right));
    }
    const HttpAnswer answer = shell.client.send({"DELETE", "/sessions/current", {}});
    if (access.is_of_session) {
        shell.client.session_file().remove();
    }
    if (!answer.is_success() && answer.status != 401) {
        shell.outside.err << "treeline: the tokens are removed here, but the server was not told\n";
        return static_cast<int>(complain(shell, answer));
    }
    shell.outside.out << "signed out\n";
    return exit_ok;
}

constexpr Command table[]{
    {"",
     "login",
     "Sign in; the password is asked for, or TREELINE_PASSWORD",
     "POST",
     "/sessions",
     login_parameters,
     {},
     false,
     login},
    {"",
     "logout",
     "Sign out and forget the tokens",
     "DELETE",
     "/sessions/current",
     {},
     {},
     false,
     logout},
    {"", "whoami", "You, and every membership of yours", "GET", "/users/me"},
};

}  // namespace

std::span<const Command> session_commands() {
    return table;
}

}  // namespace treeline::cli
