// transfer: devices on their way to another user or org.
#include "cli/commands/commands.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter which{"TRANSFER",  "transfer",       Kind::id,
                          Place::path, Missing::refused, "The transfer's id"};

constexpr Parameter create[]{
    {"DEVICE", "devices", Kind::ids, Place::body, Missing::refused, "One to 1,000"},
    {"--to-user", "to_user", Kind::user},
    {"--to-org", "to_org", Kind::id},
    {"--expected-epoch", "expected_epoch", Kind::number, Place::body, Missing::nothing,
     "Refuse it when the device has moved since"},
    {"--history", "contract.history", Kind::text, Place::body, Missing::nothing,
     "move, keep or cut"},
    {"--rotate-token", "contract.rotate_token", Kind::boolean, Place::body, Missing::nothing,
     "true or false"},
    {"--no-notify", "contract.notify", Kind::off},
    {"--dry-run", "dry_run", Kind::flag, Place::body, Missing::nothing, "Only say what would be"}};
constexpr Parameter one[]{which};
constexpr Parameter accept[]{which,
                             {"--keep-token", "keep_token", Kind::flag, Place::body,
                              Missing::nothing, "Knowingly, from another tree"}};

constexpr std::string_view columns = "id device state from to reason";

constexpr Command table[]{
    {"transfer", "create", "Move devices, or offer them", "POST", "/transfers", create, columns},
    {"transfer", "list", "The transfers that you may see", "GET", "/transfers", {}, columns, true},
    {"transfer", "show", "One transfer", "GET", "/transfers/{transfer}", one},
    {"transfer", "accept", "Accept an offer", "POST", "/transfers/{transfer}/accept", accept},
    {"transfer", "decline", "Decline an offer", "POST", "/transfers/{transfer}/decline", one},
    {"transfer", "cancel", "Cancel an offer of yours", "POST", "/transfers/{transfer}/cancel", one},
};

}  // namespace

std::span<const Command> transfer_commands() {
    return table;
}

}  // namespace treeline::cli
