// status, shards, metrics, mail, mail-retry, backup, verify, drain, log-level, new-root.
#include "broker/server/admin_commands.hpp"

#include <boost/json.hpp>

#include "broker/domain/text.hpp"
#include "broker/identity/password.hpp"
#include "broker/server/broker.hpp"
#include "broker/server/first_start.hpp"
#include "broker/server/logging.hpp"

namespace treeline {

namespace {

namespace json = boost::json;

std::string failure(ExitCode code, std::string_view error) {
    return json::serialize(json::object{{"exit", static_cast<int>(code)}, {"error", error}});
}

std::string done() {
    return json::serialize(json::object{{"exit", 0}});
}

struct Asked {
    std::string word;
    std::string argument;  // "directory" or "level"
};

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

json::object object_of(const std::string& line) {
    boost::system::error_code error;
    json::value value = json::parse(line, error);
    return !error && value.is_object() ? value.get_object() : json::object();
}

Asked parse(const std::string& line) {
    if (line.starts_with('{')) {
        const json::object object = object_of(line);
        return {text_of(object, "command"),
                text_of(object, "directory") + text_of(object, "level")};
    }
    const auto end = std::min(line.find(' '), line.size());
    const auto rest = std::min(line.find_first_not_of(' ', end), line.size());
    return {line.substr(0, end), line.substr(rest)};
}

template <class Render>
Reply<BrokerReport> rendered(Reply<std::string> reply, Render render) {
    return [reply = std::move(reply), render](const BrokerReport& report) mutable {
        reply(render(report));
    };
}

std::string metrics_answer(const BrokerReport& report) {
    return json::serialize(json::object{{"exit", 0}, {"text", metrics_text(report)}});
}

std::string root_answer(const SubmitResult& result, const std::string& email) {
    if (!result) {
        const Refusal& refusal = result.error();
        const bool storage = refusal.code == RefusalCode::in_doubt;
        return failure(storage ? ExitCode::storage : ExitCode::usage,
                       std::string(name(refusal.code)) + " " + refusal.detail);
    }
    const Directory& world = *result->world;
    const User* user = world.user_by_email(fold_email(email).value_or(email));
    // `exit` and `is_new` are for the asking program, which does not print them.
    const bool is_new = user != nullptr && world.memberships_of(user->id).size() == 1;
    return json::serialize(json::object{{"exit", 0},
                                        {"is_new", is_new},
                                        {"org", world.wire().of(OrgId{result->created})},
                                        {"user", user == nullptr ? 0 : world.wire().of(user->id)}});
}

}  // namespace

void AdminCommands::carry_out(const std::string& line, Reply<std::string> reply) {
    const Asked asked = parse(line);
    if (asked.word == "status") {
        return broker_.report(rendered(std::move(reply), status_json));
    }
    if (asked.word == "shards") {
        return broker_.report(rendered(std::move(reply), shards_json));
    }
    if (asked.word == "metrics") {
        return broker_.report(rendered(std::move(reply), metrics_answer));
    }
    if (asked.word == "mail") {
        return broker_.parked_mail(std::move(reply));
    }
    if (asked.word == "mail-retry") {
        broker_.retry_mail();
        return reply(done());
    }
    if (asked.word == "backup" || asked.word == "verify") {
        return blocking(asked.word, asked.argument, std::move(reply));
    }
    if (asked.word == "drain") {
        broker_.begin_drain();
        return reply(done());
    }
    if (asked.word == "log-level") {
        return reply(set_log_level(asked.argument)
                         ? done()
                         : failure(ExitCode::usage, "trace, debug, info, warn, error or off"));
    }
    if (asked.word == "new-root") {
        return new_root(line, std::move(reply));
    }
    reply(failure(ExitCode::usage, "no such command"));
}

void AdminCommands::blocking(const std::string& word, const std::string& directory,
                             Reply<std::string> reply) {
    if (!directory.starts_with('/')) {
        return reply(failure(ExitCode::usage, "an absolute directory is needed"));
    }
    Reply<std::string> finish([reply = std::move(reply)](const std::string& problem) mutable {
        reply(problem.empty() ? done() : failure(ExitCode::storage, problem));
    });
    word == "backup" ? broker_.backup(directory, std::move(finish))
                     : broker_.verify(directory, std::move(finish));
}

void AdminCommands::new_root(const std::string& line, Reply<std::string> reply) {
    const json::object object = object_of(line);
    const std::string email = text_of(object, "email");
    const std::string password = text_of(object, "password");
    CreateRoot root{text_of(object, "name"), email, "Administrator", {}};
    if (root.name.empty() || email.empty()) {
        return reply(failure(ExitCode::usage, "name and email are needed"));
    }
    if (password.size() < password_size_min || password.size() > password_size_max) {
        return reply(failure(ExitCode::usage, "the password needs 8 to 128 bytes"));
    }
    broker_.new_root(std::move(root), password,
                     [reply = std::move(reply), email](const SubmitResult& result) mutable {
                         reply(root_answer(result, email));
                     });
}

}  // namespace treeline
