// One log entry and back.
#include "broker/registry/replay.hpp"
#include "broker/registry/wire.hpp"

namespace treeline {

namespace {

void put_mail(const OutgoingMail& mail, record::v1::Mail& message) {
    message.set_to(mail.to);
    message.set_kind(static_cast<record::v1::MailKind>(static_cast<int>(mail.kind) + 1));
    for (const auto& [name, value] : mail.values) {
        record::v1::Pair* pair = message.add_values();
        pair->set_name(name);
        pair->set_value(value);
    }
}

// False: a kind that this version doesn't know.
bool read_mail(const record::v1::Mail& message, OutgoingMail& mail) {
    const int kind = message.kind() - 1;
    if (kind < 0 || kind > static_cast<int>(MailKind::account_exists)) {
        return false;
    }
    mail.to = message.to();
    mail.kind = static_cast<MailKind>(kind);
    for (const record::v1::Pair& pair : message.values()) {
        mail.values.emplace(pair.name(), pair.value());
    }
    return true;
}

}  // namespace

std::string encode_change(const Change& change) {
    record::v1::Entry entry;
    entry.set_at_ms(to_unix_ms(change.at));
    entry.set_actor(number(change.actor));
    for (const OrgId tree : change.trees) {
        entry.add_trees(number(tree));
    }
    for (const Event& event : change.events) {
        to_wire(event, *entry.add_events());
    }
    entry.set_command(change.command);
    entry.set_from(change.from);
    for (const OutgoingMail& mail : change.mail) {
        put_mail(mail, *entry.add_mail());
    }
    entry.set_whole(true);
    return entry.SerializeAsString();
}

std::optional<Change> decode_change(std::string_view bytes) {
    record::v1::Entry entry;
    // Never empty: a change without events isn't written.
    if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        entry.events_size() == 0 || !entry.whole()) {
        return std::nullopt;
    }
    Change change;
    change.at = from_unix_ms(entry.at_ms());
    change.actor = UserId{entry.actor()};
    for (const std::uint64_t tree : entry.trees()) {
        change.trees.push_back(OrgId{tree});
    }
    change.events.reserve(static_cast<std::size_t>(entry.events_size()));
    for (const record::v1::Event& wire : entry.events()) {
        auto event = from_wire(wire);
        if (!event) {
            return std::nullopt;
        }
        change.events.push_back(std::move(*event));
    }
    change.command = entry.command();
    change.from = entry.from();
    for (const record::v1::Mail& wire : entry.mail()) {
        if (!read_mail(wire, change.mail.emplace_back())) {
            return std::nullopt;
        }
    }
    return change;
}

}  // namespace treeline
