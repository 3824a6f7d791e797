#include "cli/shell.hpp"

#include <algorithm>
#include <fstream>
#include <ostream>
#include <sstream>

#include "cli/exit_code.hpp"
#include "cli/problem.hpp"
#include "cli/request.hpp"
#include "cli/table.hpp"

namespace treeline::cli {
namespace {

constexpr std::uint64_t page_max = 1'000;

// Who calls and where he is at home: from the session, else asked for.
Step<std::uint64_t> own(Shell& shell, bool wants_org) {
    const std::uint64_t known =
        !shell.session ? 0 : (wants_org ? shell.session->home_org : shell.session->user);
    if (known != 0) {
        return known;
    }
    const auto me = ask(shell, {"GET", "/users/me", {}});
    if (!me) {
        return me.error();
    }
    const auto found = number_of(me->value, wants_org ? "home_org" : "id");
    if (!found) {
        return complain(shell, "you have no home org: name the org", exit_usage);
    }
    return *found;
}

Step<std::string> role_id(Shell& shell, const Given& given, const std::string& name) {
    const auto roles = ask_all(shell, {"GET", "/orgs/" + given.one("--org") + "/roles", {}});
    if (!roles) {
        return roles.error();
    }
    const json::array* const items = items_of(roles->value);
    for (const json::value& role : items == nullptr ? json::array() : *items) {
        if (text_of(role, "name") == name) {
            return std::to_string(number_of(role, "id").value_or(0));
        }
    }
    return complain(shell, "there is no role \"" + name + "\" in that tree", exit_refused);
}

// The value that stands for what is given or left out; nullopt: it stands as it is.
Step<std::optional<std::string>> looked_up(Shell& shell, const Parameter& parameter,
                                           const Given& given) {
    const bool is_missing = !given.has(parameter.name);
    const std::string text = given.one(parameter.name);
    const bool means_org = is_missing && parameter.missing == Missing::home_org;
    const bool means_me = (is_missing && parameter.missing == Missing::me) ||
                          (parameter.kind == Kind::user && text == "me");
    if (means_org || means_me) {
        const auto id = own(shell, means_org);
        if (!id) {
            return id.error();
        }
        return std::optional(std::to_string(*id));
    }
    if (parameter.kind == Kind::role && parameter.place == Place::path && !is_id(text)) {
        const auto id = role_id(shell, given, text);
        if (!id) {
            return id.error();
        }
        return std::optional(*id);
    }
    return std::optional<std::string>();
}

// One page's request.
ApiRequest page_of(ApiRequest request, std::uint64_t size, const std::string& cursor) {
    const auto add = [&](const std::string& text) {
        request.path += (request.path.find('?') == std::string::npos ? "?" : "&") + text;
    };
    add("limit=" + std::to_string(size));
    if (!cursor.empty()) {
        add("cursor=" + encoded(cursor));
    }
    return request;
}

}  // namespace

Exit complain(Shell& shell, const std::string& line, int exit_code) {
    shell.outside.err << "treeline: " << line << '\n';
    return Exit{exit_code};
}

Exit complain(Shell& shell, const HttpAnswer& answer) {
    return complain(shell, problem_line(answer), exit_code_of(answer));
}

Step<ApiRequest> prepare(Shell& shell, const Command& command, const Given& given) {
    Given whole = given;
    for (const Parameter& parameter : command.parameters) {
        const auto value = looked_up(shell, parameter, whole);
        if (!value) {
            return value.error();
        }
        if (*value) {
            whole.values[std::string(parameter.name)] = {**value};
        }
    }
    auto request = request_of(command, whole);
    if (!request) {
        return complain(shell, safe_text(request.error().what), exit_usage);
    }
    return *std::move(request);
}

Step<Reply> ask(Shell& shell, const ApiRequest& request) {
    const HttpAnswer answer = shell.client.send(request);
    if (!answer.is_success()) {
        return complain(shell, answer);
    }
    auto value = parse_json(answer.body);
    if (!value) {
        return complain(shell, "the answer is not JSON: is this a Treeline server?",
                        exit_unavailable);
    }
    const json::value* const token = member(*value, "token");
    if (answer.tries > 1 && token != nullptr && token->is_null()) {
        shell.outside.err << "treeline: the first answer was lost, and a token is shown only once; "
                             "make a new one with: treeline device rotate-token\n";
    }
    return Reply{answer.body, *std::move(value)};
}

Step<Reply> ask_all(Shell& shell, const ApiRequest& request) {
    const std::uint64_t limit = shell.globals.limit;
    json::array items;
    std::string cursor;
    for (;;) {
        const std::uint64_t size = limit == 0 ? page_max : std::min(page_max, limit - items.size());
        auto page = ask(shell, page_of(request, size, cursor));
        const json::array* const found = page ? items_of(page->value) : nullptr;
        if (found == nullptr) {
            return page;
        }
        items.insert(items.end(), found->begin(), found->end());
        const std::string next = text_of(page->value, "next_cursor");
        if (next.empty() || next == cursor || (limit != 0 && items.size() >= limit)) {
            if (!cursor.empty()) {
                page->value.get_object()["items"] = std::move(items);
                page->text = json::serialize(page->value);
            }
            return page;
        }
        cursor = next;
    }
}

Step<std::string> secret(Shell& shell, const std::string& variable, const std::string& prompt,
                         bool is_new) {
    const std::string given = shell.outside.environment(variable);
    if (!given.empty()) {
        return given;
    }
    const auto typed = shell.outside.ask_secret(prompt + ": ");
    if (!typed) {
        return complain(shell, "no terminal to ask for it: set " + variable, exit_usage);
    }
    if (is_new && shell.outside.ask_secret(prompt + " again: ") != typed) {
        return complain(shell, "the two are not the same", exit_usage);
    }
    return *typed;
}

Step<std::string> read_file(Shell& shell, const std::string& path) {
    std::ostringstream text;
    if (path == "-") {
        text << shell.outside.in.rdbuf();
        return text.str();
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        return complain(shell, "cannot read " + safe_text(path), exit_usage);
    }
    if (in.peek() != std::ifstream::traits_type::eof()) {
        text << in.rdbuf();
    }
    return text.str();
}

void show(Shell& shell, const Reply& reply, std::string_view columns) {
    const json::object* const object = reply.value.if_object();
    if (shell.globals.json || object == nullptr) {
        shell.outside.out << reply.text << '\n';
    } else if (const json::array* const items = items_of(reply.value)) {
        print_items(shell.outside.out, *items, columns);
    } else if (object->size() == 1 && object->contains("revision")) {
        shell.outside.out << "done, revision " << cell(object->at("revision")) << '\n';
    } else {
        print_object(shell.outside.out, *object);
    }
}

int run_plain(Shell& shell, const Command& command, const Given& given) {
    const auto request = prepare(shell, command, given);
    if (!request) {
        return static_cast<int>(request.error());
    }
    const auto answer = command.is_list ? ask_all(shell, *request) : ask(shell, *request);
    if (!answer) {
        return static_cast<int>(answer.error());
    }
    show(shell, *answer, command.columns);
    return exit_ok;
}

}  // namespace treeline::cli
