// A command as data: its words, what it takes, and the call that it makes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treeline::cli {

// What may be given for a parameter, and how it reads in JSON.
enum class Kind : std::uint8_t {
    text,
    id,       // 1 to 2^53 - 1
    user,     // an id, or `me`
    role,     // a number, or a name
    number,   // from 0
    time,     // RFC 3339, or `none`
    boolean,  // true or false
    flag,     // given: true
    off,      // given: false
    pin,      // 5 or V5
    ids,
    texts,
    roles,
    map,  // NAME=VALUE, several times
};

// Where its value goes.
enum class Place : std::uint8_t { path, query, body, local };

// What stands there when it is not given.
enum class Missing : std::uint8_t { nothing, refused, home_org, me };

struct Parameter {
    std::string_view name;   // "--name", or "NAME" for one that stands by itself
    std::string_view field;  // in the path's braces, the query or the body; `a.b` is b inside a
    Kind kind = Kind::text;
    Place place = Place::body;
    Missing missing = Missing::nothing;
    std::string_view help = {};
};

// What was given, by parameter name. A flag that is given has one empty value.
class Given {
  public:
    bool has(std::string_view name) const { return values.contains(name); }
    // The only value; empty where none was given.
    std::string one(std::string_view name) const {
        const auto found = values.find(name);
        return found == values.end() || found->second.empty() ? std::string()
                                                              : found->second.front();
    }
    std::map<std::string, std::vector<std::string>, std::less<>> values;
};

struct Shell;
struct Command;
using Run = int (*)(Shell&, const Command&, const Given&);

// Makes the call that the tables tell and shows the answer.
int run_plain(Shell& shell, const Command& command, const Given& given);

struct Command {
    std::string_view noun;  // empty: the verb stands alone
    std::string_view verb;
    std::string_view summary;
    std::string_view method = {};
    std::string_view path = {};  // below /api/v1, with fields in braces
    std::span<const Parameter> parameters = {};
    std::string_view columns = {};  // of the answer's items
    bool is_list = false;           // follows cursors to the end
    Run run = run_plain;
};

// Every command, in the order of the help.
std::vector<Command> all_commands();

}  // namespace treeline::cli
