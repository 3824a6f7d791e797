// user: people, their accounts and their invitations.
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/shell.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter who{"USER",      "user",           Kind::user,
                        Place::path, Missing::refused, "The user's id, or me"};
constexpr Parameter role{"--role",    "role",           Kind::role,
                         Place::body, Missing::refused, "A role's number or name"};
constexpr Parameter email{"EMAIL",     "email",          Kind::text,
                          Place::body, Missing::refused, "The address"};

constexpr Parameter list[]{home_org};
constexpr Parameter one[]{who};
constexpr Parameter create[]{
    email,
    {"--name", "name", Kind::text, Place::body, Missing::refused, "The person's name"},
    role,
    home_org};
constexpr Parameter invite[]{
    email,
    role,
    home_org,
    {"--name", "name"},
    {"--phone", "phone"},
    {"--locale", "locale"},
    {"--not-before", "not_before", Kind::time, Place::body, Missing::nothing, "RFC 3339"},
    {"--not-after", "not_after", Kind::time, Place::body, Missing::nothing, "RFC 3339"}};
constexpr Parameter import_parameters[]{
    {"FILE", "", Kind::text, Place::local, Missing::refused,
     "CSV: email,name,role,org,phone,locale,not_after; - is the standard input"},
    {"--commit", "", Kind::flag, Place::local, Missing::nothing,
     "Invite; without it every row gets a verdict and nothing changes"},
    home_org};
constexpr Parameter edit[]{who,
                           {"--name", "name"},
                           {"--title", "title"},
                           {"--phone", "phone"},
                           {"--locale", "locale"},
                           {"--timezone", "timezone"}};
constexpr Parameter suspend[]{who, allow_orphan};
constexpr Parameter transfer[]{
    who,
    {"--to-org", "to_org", Kind::id, Place::body, Missing::refused, "His new home"},
    role,
    {"--devices", "devices", Kind::flag, Place::body, Missing::nothing,
     "With the devices that he owns"},
    allow_orphan};
constexpr Parameter remove[]{who,
                             {"--allow-orphan", "allow_orphan", Kind::flag, Place::query,
                              Missing::nothing, "Even if an org is left without an admin"}};

// The call with a new password in its body, which never stands on the command line.
int with_password(Shell& shell, const Command& command, const Given& given) {
    auto request = prepare(shell, command, given);
    if (!request) {
        return static_cast<int>(request.error());
    }
    const auto password = secret(shell, "TREELINE_NEW_PASSWORD", "new password", true);
    if (!password) {
        return static_cast<int>(password.error());
    }
    json::value body = parse_json(request->body).value_or(json::object());
    if (json::object* const fields = body.if_object()) {
        (*fields)["password"] = *password;
    }
    request->body = json::serialize(body);
    const auto reply = ask(shell, *request);
    if (!reply) {
        return static_cast<int>(reply.error());
    }
    show(shell, *reply, command.columns);
    return exit_ok;
}

int import_file(Shell& shell, const Command& command, const Given& given) {
    auto request = prepare(shell, command, given);
    if (!request) {
        return static_cast<int>(request.error());
    }
    auto file = read_file(shell, given.one("FILE"));
    if (!file) {
        return static_cast<int>(file.error());
    }
    request->path += given.has("--commit") ? "?mode=commit" : "?mode=validate";
    request->body = *std::move(file);
    request->content_type = "text/csv";
    const auto reply = ask(shell, *request);
    if (!reply) {
        return static_cast<int>(reply.error());
    }
    show(shell, *reply, command.columns);
    return exit_ok;
}

constexpr Command table[]{
    {"user", "list", "The users with a membership in an org", "GET", "/orgs/{org}/users", list,
     "id email name status", true},
    {"user", "show", "One user", "GET", "/users/{user}", one},
    {"user",
     "create",
     "Make an active user; the password is asked for, or TREELINE_NEW_PASSWORD",
     "POST",
     "/orgs/{org}/users",
     create,
     {},
     false,
     with_password},
    {"user", "invite", "Invite an address by mail", "POST", "/orgs/{org}/invitations", invite},
    {"user",
     "import",
     "Check a CSV of invitations, or commit it",
     "POST",
     "/orgs/{org}/invitations/import",
     import_parameters,
     {},
     false,
     import_file},
    {"user", "edit", "Change a profile", "PATCH", "/users/{user}", edit},
    {"user", "suspend", "Suspend an account and end its sessions", "POST", "/users/{user}/suspend",
     suspend},
    {"user", "resume", "Resume a suspended account", "POST", "/users/{user}/resume", one},
    {"user", "force-logout", "End all sessions", "POST", "/users/{user}/force-logout", one},
    {"user",
     "set-password",
     "Set a password (TREELINE_NEW_PASSWORD) and end all sessions",
     "POST",
     "/users/{user}/password",
     one,
     {},
     false,
     with_password},
    {"user", "transfer", "Move the home membership to another org", "POST",
     "/users/{user}/transfer", transfer},
    {"user", "delete", "End the memberships in reach, and the account with the last one", "DELETE",
     "/users/{user}", remove},
};

}  // namespace

std::span<const Command> user_commands() {
    return table;
}

}  // namespace treeline::cli
