// The tree that the revocation run takes rights away in: orgs, people, devices that write, each
// with its twin in the naive model; and the acts that take a right away, drawn at random.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "tests/model/model.hpp"
#include "tests/support/live/crowd.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {

// Writes 1, 2, 3 … to pin 5, over one connection after another.
class Writer {
  public:
    // `pause` between two values; none: as fast as the broker takes them.
    Writer(const Server& server, Millis pause) : server_(server), pause_(pause) {}
    ~Writer() { stop(); }
    void start(const std::string& token);
    void stop();
    // Writes one last value and stays connected, so that nothing on the way is lost.
    void finish();
    // What was written after this call has a number above it.
    std::uint64_t sent() const { return sent_; }
    bool is_fast() const { return pause_ == Millis(0); }

  private:
    void join();

    const Server& server_;
    const Millis pause_;
    std::unique_ptr<Device> device_;
    std::atomic<std::uint64_t> sent_{0};
    std::unique_ptr<std::binary_semaphore> stop_;
    std::thread thread_;
};

struct Resident {
    std::uint64_t id = 0, org = 0;
    std::string email;
    std::string token;  // empty: has to sign in again
};

// A place for a device: deleted ones are followed by new ones.
struct Slot {
    std::uint64_t id = 0;
    std::unique_ptr<Writer> writer;
};

// One request that changes something, and what it does by the model.
struct Act {
    std::string kind;
    std::function<void()> call;
    std::function<void(model::World&)> effect;
    std::optional<UnixTime> due{};         // when it takes effect, if not at once
    std::optional<std::uint64_t> user{};   // whose sessions all end
    std::optional<std::size_t> restart{};  // the slot whose device has to log in again
    std::string device_token{};            // with this, set by `call`
    bool makes = false;                    // gives only, and the effect needs what `call` made
};

class Town {
  public:
    Town(const Server& server, Millis pause);

    // Acts that take rights away and give them back in the end; none when the dice fell badly.
    using Plan = std::vector<std::shared_ptr<Act>>;
    Plan draw();
    void sign_in_again();

    Tenant tenant;
    std::string admin;
    std::uint64_t root = 0;
    std::uint64_t fast_org = 0;
    std::vector<std::uint64_t> orgs;  // below the root
    std::vector<Resident> people;
    std::vector<Slot> slots;
    model::World model;

  private:
    void make_orgs();
    void make_people();
    void make_devices(const Server& server, Millis pause);
    void make_user(std::uint64_t org, unsigned role);
    void make_member(std::uint64_t user, std::uint64_t org, unsigned role);
    std::string member_path(std::uint64_t user, std::uint64_t org) const;

    Plan set_permissions();
    Plan push_and_undo();
    Plan undo_takes();
    Plan link();
    Plan member_role();
    Plan member_end();
    Plan member_expires();
    Plan user_suspend();
    Plan user_logout();
    Plan user_transfer();
    Plan reset_by_mail();
    Plan org_suspend();
    Plan org_move();
    Plan role_delete();
    Plan device_delete();
    Plan device_transfer();
    Plan device_to_user();
    Plan owner_change();
    Plan token_rotation();

    std::size_t below(std::size_t n) { return random_() % n; }
    template <class T>
    T& one_of(std::vector<T>& things) {
        return things[below(things.size())];
    }
    // The acts that the kinds are made from.
    std::shared_ptr<Act> request(std::string kind, std::string method, std::string path,
                                 boost::json::value body,
                                 std::function<void(model::World&)> effect);
    std::shared_ptr<Act> put_set(std::uint64_t org, unsigned role, const model::Names& names,
                                 std::string kind);
    std::shared_ptr<Act> patch_role(const model::Membership& member, unsigned role,
                                    std::string kind);
    std::shared_ptr<Act> transfer(std::uint64_t device, std::uint64_t org, std::uint64_t user,
                                  std::string kind);
    std::shared_ptr<Act> put_owner(std::uint64_t device, std::uint64_t owner, std::string kind);
    std::vector<std::uint64_t> strictly_below(std::uint64_t org) const;

    const Server& server_;
    std::mt19937 random_{2024};
    unsigned made_ = 0;  // names are told apart by it
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> memberships_;  // (user, org)
    std::vector<std::size_t> order_;  // of the kinds still to be drawn in this round
};

}  // namespace treeline::live
