// Thousands of app sessions read by one thread. Each watches one thing; whatever comes is judged
// on the spot by what its group may be sent.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/live/app.hpp"

namespace treeline::live {

struct Scope {
    enum class Kind { device, org, subtree };
    Kind kind = Kind::device;
    std::uint64_t id = 0;
};

// What all sessions of one user that watch the same thing have in common.
struct CrowdGroup {
    std::string token;
    Scope scope;
    bool may_watch = false;  // the model's word: the scope is in sight
    bool is_seated = false;  // … and its user may have sessions at all
    // Of each device out of sight: nothing above this number may be sent to this group.
    std::map<std::uint64_t, std::uint64_t> forbidden;
    std::set<std::uint64_t> may_end;  // devices whose end this step explains
    bool may_end_wholly = false;
    bool may_close = false;
};

class Crowd {
  public:
    explicit Crowd(const Server& server);
    ~Crowd();

    std::size_t add(CrowdGroup group, unsigned sessions);
    std::size_t size() const { return sessions_.size(); }

    // The rest is for the crowd's own thread: `run` carries a task out there and waits for it,
    // `await` asks after every turn until the answer is yes; false after `limit`. Both are for
    // one other thread.
    void run(const std::function<void()>& task);
    bool await(const std::function<bool()>& is_there, Millis limit = patience);

    CrowdGroup& group(std::size_t at) { return groups_[at]; }
    std::size_t groups() const { return groups_.size(); }
    // From now on nothing above `sent` may come of the device; says a fault if it has already.
    void forbid(std::size_t group, std::uint64_t device, std::uint64_t sent);
    // It may come again, also what was written meanwhile: the broker may have read it only now.
    void permit(std::size_t group, std::uint64_t device) { groups_[group].forbidden.erase(device); }
    // The device's connection was cut: what it wrote above `from` up to `to` must come to nobody,
    // and what it wrote shortly before may be missing.
    void cut(std::uint64_t device, std::uint64_t from, std::uint64_t to) {
        cuts_[device] = {from, to};
    }
    // No session of the group still has the device as a living part of its watch.
    bool has_ended(std::size_t group, std::uint64_t device);
    // All of them have.
    bool has_begun(std::size_t group, std::uint64_t device);
    // How the group's sessions stand to the device, for a failure's text.
    std::string describe(std::size_t group, std::uint64_t device) const;
    bool has_closed(std::size_t group);
    bool watches_nothing(std::size_t group);
    // Seats and watches again whoever may; true when all who may do.
    bool heal();
    // Every session of the group has been sent this very number, the newest.
    bool has_reached(std::size_t group, std::uint64_t device, std::uint64_t number);
    void start_step();
    UnixTime first_end{};  // of this step; unix_time_max: none yet

    std::uint64_t received = 0;
    std::uint64_t ends = 0;
    std::map<std::string, unsigned> closes;  // by reason
    std::uint64_t faults = 0;
    std::vector<std::string> first_faults;
    // Sessions that have missed a number although they were never told that they lag.
    std::uint64_t unexplained_losses() const;
    std::uint64_t lagged_sessions() const;

  private:
    struct Line {
        bool told = false;
        bool ended = false;
        std::uint64_t last = 0;
        std::uint64_t next = 0;
    };
    struct Session {
        std::unique_ptr<App> app;
        std::size_t group = 0;
        std::uint32_t asked = 0;  // the request of a watch under way
        std::uint64_t watch = 0;
        std::uint64_t missed = 0;
        bool has_lagged = false;
        std::string farewell;
        std::map<std::uint64_t, Line> lines;
    };

    void serve();
    std::span<Session> sessions_of(std::size_t group);
    void seat(Session& session);
    void ask_to_watch(Session& session);
    void read(Session& session);
    void take(Session& session, const wire::ServerMessage& message);
    void take_value(Session& session, const wire::PinValue& value);
    void take_end(Session& session, const wire::WatchEnded& end);
    void take_close(Session& session);
    Line* living(Session& session, std::uint64_t device, const char* what);
    void fault(const Session& session, const std::string& what);
    void fault_of_late(const Session& session, std::uint64_t device, std::uint64_t number,
                       std::uint64_t allowed);

    const Server& server_;
    const int epoll_;
    std::vector<CrowdGroup> groups_;
    std::vector<Session> sessions_;         // group after group
    std::vector<std::size_t> first_of_{0};  // of each group, and the end
    std::vector<std::size_t> unfinished_;   // hold more than one turn's messages
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> cuts_;

    std::atomic<const std::function<bool()>*> question_{nullptr};  // asked every turn until yes
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace treeline::live
