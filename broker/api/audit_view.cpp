// Who may read what of an entry. The chain's org is what the reader stands in.
#include "broker/api/audit_view.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "broker/api/format.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field audit_fields[]{
    {"seq", K::number, true, true},
    {"at", K::time, true},
    {"org", K::id, true},
    {"tree_revision", K::number, true},
    {"actor", K::hidden_id, true},
    {"on_behalf", K::hidden_id, true, true},
    {"action", K::text, true},
    {"outcome", K::text, true},
    {"object", K::text, true, true},
    {"before", K::object, true},
    {"after", K::object, true},
    {"also", K::objects},
    {"from", K::text, true, true},
    {"count", K::number},
    {"kind", K::text},
    {"status", K::number},
    {"missing_permission", K::text},
    {"hash", K::text, true, true},
    {"revision", K::number},
};

constexpr std::array<std::string_view, 5> org_names{"actor_org", "parent", "org", "to_org",
                                                    "from_org"};
constexpr std::array<std::string_view, 5> user_names{"owner", "user", "granted_by", "to_user",
                                                     "from_owner"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

// "also.2.before.owner" in its parts: "also.2.", "before.", "owner".
struct Name {
    std::string_view item;
    std::string_view when;
    std::string_view field;
};

Name parts_of(std::string_view name) {
    Name parts;
    if (name.starts_with("also.")) {
        const std::size_t end = name.find('.', 5);
        parts.item = name.substr(0, end + 1);
        name.remove_prefix(end + 1);
    }
    for (const std::string_view when : {"before.", "after."}) {
        if (name.starts_with(when)) {
            parts.when = when;
            name.remove_prefix(when.size());
            break;
        }
    }
    parts.field = name;
    return parts;
}

std::string_view kind_of(std::string_view reference) {
    const std::size_t slash = reference.find('/');
    return slash == std::string_view::npos ? std::string_view() : reference.substr(0, slash);
}

std::uint64_t wire_of(std::string_view reference) {
    const std::size_t slash = reference.find('/');
    return slash == std::string_view::npos ? 0 : parse_id(reference.substr(slash + 1)).value_or(0);
}

class Reader {
  public:
    Reader(const View& view, OrgId chain, const audit::Entry& entry)
        : view_(view), chain_(chain), entry_(entry) {}

    // The word that stands for the field; empty: the reader may see it.
    std::string_view hidden_as(const audit::Field& field) const {
        if (!field.opening) {
            return "outside";
        }
        const Name name = parts_of(field.name);
        const std::string& value = field.opening->value;
        if (name.when.empty() && name.item.empty()) {
            return of_entry(name.field, value);
        }
        if (name.when.empty()) {
            return of_object(value);
        }
        const std::string_view object = of_object(object_of(name.item));
        return object.empty() ? of_value(name.field, value) : object;
    }

  private:
    std::string_view of_entry(std::string_view name, const std::string& value) const {
        if (name == "actor" || name == "from") {
            return of_actor();
        }
        if (name == "actor_org") {
            return of_org(value);
        }
        return name == "object" && !is_denied() ? of_object(value) : std::string_view();
    }
    bool is_denied() const {
        const std::string* const outcome = value_of(entry_, "outcome");
        return outcome != nullptr && *outcome == "denied";
    }
    // Whose account is gone is known to those who see the org that was his home.
    std::string_view of_actor() const {
        const std::string* const actor = value_of(entry_, "actor");
        if (actor == nullptr || kind_of(*actor) != "user") {
            return {};
        }
        const UserId user = wire().user(wire_of(*actor));
        if (view_.directory.user(user) != nullptr) {
            return of_user(user);
        }
        const std::string* const home = value_of(entry_, "actor_org");
        return home == nullptr ? "outside" : of_org(*home);
    }
    std::string_view of_user(UserId user) const {
        if (sees_user(view_.directory, view_.viewer, user, view_.now)) {
            return {};
        }
        const User* const found = view_.directory.user(user);
        const Membership* const home =
            found == nullptr ? nullptr : view_.directory.membership(found->home);
        return word(home == nullptr ? OrgId{} : home->org);
    }
    std::string_view of_org(std::string_view reference) const {
        const OrgId org = wire().org(wire_of(reference));
        return sees_org(view_.directory, view_.viewer, org, view_.now) ? std::string_view()
                                                                       : word(org);
    }
    // The chain's own objects are its past; people and orgs in it only while they are in sight.
    std::string_view of_object(std::string_view reference) const {
        if (kind_of(reference) == "user") {
            const UserId user = wire().user(wire_of(reference));
            return view_.directory.user(user) == nullptr ? std::string_view() : of_user(user);
        }
        if (kind_of(reference) == "org") {
            const OrgId org = wire().org(wire_of(reference));
            return view_.directory.org(org) == nullptr ? std::string_view() : of_org(reference);
        }
        return {};
    }
    std::string_view of_value(std::string_view name, std::string_view value) const {
        if (is_one_of(name, org_names)) {
            return of_org(value);
        }
        if (!is_one_of(name, user_names)) {
            return {};
        }
        const UserId user = wire().user(wire_of(value));
        const bool is_gone = view_.directory.user(user) == nullptr && name != "to_user";
        return is_gone ? std::string_view() : of_user(user);
    }
    std::string_view object_of(std::string_view item) const {
        const std::string* const found = value_of(entry_, std::string(item) + "object");
        return found == nullptr ? std::string_view() : *found;
    }
    std::string_view word(OrgId org) const {
        return hidden(view_.directory, chain_, org) == Hidden::above ? "above" : "outside";
    }
    const WireIds& wire() const { return view_.directory.wire(); }

    const View& view_;
    const OrgId chain_;
    const audit::Entry& entry_;
};

// Ids read as numbers, counts too; everything else as text.
json::value shown(const Name& name, const std::string& value) {
    const bool is_id = is_one_of(name.field, org_names) || is_one_of(name.field, user_names) ||
                       name.field == "actor" || name.field == "device";
    if (is_id && wire_of(value) != 0 && kind_of(value) != "device") {
        return wire_of(value);
    }
    if (name.field == "device" && wire_of(value) != 0) {
        return wire_of(value);
    }
    const bool is_number =
        name.when.empty() && (name.field == "seq" || name.field == "count" ||
                              name.field == "status" || name.field == "revision");
    std::uint64_t number = 0;
    if (is_number) {
        std::from_chars(value.data(), value.data() + value.size(), number);
        return number;
    }
    return json::value(value);
}

json::value instant(const std::string& ms) {
    std::int64_t number = 0;
    std::from_chars(ms.data(), ms.data() + ms.size(), number);
    return json::value(format_time(from_unix_ms(number)));
}

json::object& item_of(json::object& out, std::string_view item) {
    if (item.empty()) {
        return out;
    }
    json::value& also = out["also"];
    if (!also.is_array()) {
        also = json::array();
    }
    const std::string_view digits = item.substr(5, item.size() - 6);
    std::size_t place = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), place);
    while (also.get_array().size() < place) {
        also.get_array().emplace_back(json::object{
            {"object", nullptr}, {"before", json::object()}, {"after", json::object()}});
    }
    return also.get_array()[place - 1].get_object();
}

void put(json::object& out, std::string_view full_name, json::value value) {
    const Name name = parts_of(full_name);
    json::object& item = item_of(out, name.item);
    if (name.when.empty()) {
        const std::string_view plain = name.field == "revision" ? "tree_revision" : name.field;
        item[plain] = std::move(value);
    } else {
        item[name.when.substr(0, name.when.size() - 1)].get_object()[name.field] = std::move(value);
    }
}

}  // namespace

const Shape audit_shape{"AuditEntry", audit_fields};

void hide_unseen(const View& view, OrgId chain, audit::Entry& entry) {
    const audit::Entry whole = entry;
    const Reader reader(view, chain, whole);
    for (std::size_t i = 0; i < whole.fields.size(); ++i) {
        if (!reader.hidden_as(whole.fields[i]).empty()) {
            audit::hide(entry.fields[i]);
        }
    }
}

json::object show(const View& view, const AuditFound& found) {
    json::object out{{"seq", nullptr},           {"at", nullptr},           {"org", nullptr},
                     {"tree_revision", 0},       {"actor", nullptr},        {"on_behalf", nullptr},
                     {"action", nullptr},        {"outcome", nullptr},      {"object", nullptr},
                     {"before", json::object()}, {"after", json::object()}, {"from", nullptr},
                     {"hash", nullptr}};
    const Reader reader(view, found.org, found.entry);
    for (const audit::Field& field : found.entry.fields) {
        const std::string_view word = reader.hidden_as(field);
        if (field.name == "at_ms") {
            out["at"] = instant(field.opening->value);
        } else if (!word.empty()) {
            put(out, field.name, json::value(word));
        } else if (field.name == "org") {
            out["org"] = wire_of(field.opening->value);
        } else {
            put(out, field.name, shown(parts_of(field.name), field.opening->value));
        }
    }
    out.erase("actor_org");
    if (found.is_sealed) {
        out["hash"] = audit::to_hex(found.entry.hash);
    }
    return out;
}

}  // namespace treeline
