// LoopState: what the parts of a loop share. Only broker/edge/loop*.cpp include it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "base/mailbox.hpp"
#include "broker/edge/deadlines.hpp"
#include "broker/edge/epoll_set.hpp"
#include "broker/edge/link.hpp"
#include "broker/edge/loop.hpp"
#include "net/wire_batch.hpp"

namespace treeline {

// Is a seat's output written at once, or in one system call with that of the turn's other seats?
enum class Departing : std::uint8_t { alone, together };

// What waits for that call; each range begins where the one before ends.
struct Departures {
    struct One {
        LinkId link;
        std::size_t stamps_end = 0, devices_end = 0;
    };
    std::vector<One> list;
    std::vector<Stamp> stamps;
    std::vector<DeviceId> devices;
};

struct Listener {
    Fd socket;
    bool encrypted = true;
};

// Owned by one shard thread. loop.cpp: thread and turn; loop_links.cpp: slots, events, closing;
// loop_write.cpp: bytes out; loop_batch.cpp: many sockets at once; loop_http.cpp, loop_device.cpp,
// loop_app.cpp: conversations.
struct LoopState {
    explicit LoopState(LoopParts parts);
    ~LoopState();

    // ---- loop.cpp
    void run();
    void turn();
    void wait();
    void take_wake();
    void take_tasks();
    void take_events();
    void take_event(const epoll_event& event);
    void flush();
    void look_at_deadlines();
    void measure(std::int64_t begun_us);
    void report_drained();
    void report_fault(std::string_view request, std::string_view what) const;
    void wake();

    // ---- loop_links.cpp
    Link* find(LinkId id);
    Link* of_seat(SeatId seat);
    void insert(std::unique_ptr<Link> link, std::uint32_t events);
    std::unique_ptr<Link> remove(Link& link);
    void seat(Link& link, SeatId seat);
    void unseat(Link& link);
    void accept(const Listener& listener);
    void turn_away(const Listener& listener);
    void hold_device(Link& link);
    void hold_answer(Link& link);
    void cut_answers();
    void forget_answers(Link& link);
    bool is_overdue(const Link& link) const;
    void part_with_unseated(Link& link);  // while draining
    void welcome(Fd socket, bool encrypted);
    void sign_in_counted(Link& link);  // it counts against its address no more
    void on_event(Link& link, std::uint32_t events);
    void shake_hands(Link& link);
    void read(Link& link);
    void on_bytes(Link& link, std::string_view bytes);
    void decide(Link& link, char first);
    void drain_peer(Link& link);
    bool wants_read(const Link& link) const;
    void set_interest(Link& link);
    void listen_for(Link& link, std::uint32_t events);
    void read_again(Link& link);
    void close_after_flush(Link& link);
    void say_goodbye(Link& link);
    void lose(Link& link);
    void reset(Link& link);
    void watch_deadline(Link& link);
    SteadyTime deadline_of(const Link& link) const;
    void expire(Link& link);
    void drain_links();

    // ---- loop_write.cpp
    void send(Link& link, std::string_view part);
    bool write_some(Link& link, std::string_view& rest);
    void on_writable(Link& link);
    bool write_unsent(Link& link);
    void gather(SeatId seat, Departing departing);
    void write_output(Link& link, Departing departing);
    void written(Link& link, std::span<const Stamp> stamps, std::span<const DeviceId> devices);
    void part_with(Link& link, const Output::Farewell& farewell);
    void trace_written(const Link& link, std::span<const Stamp> stamps,
                       std::span<const DeviceId> devices);

    // ---- loop_batch.cpp
    void bring_in(std::span<const epoll_event> events);
    void keep_arrivals();
    void depart(const Link& link);
    void send_off();

    // ---- loop_http.cpp
    void apply(Link& link, std::vector<HttpAction> actions);
    void ask(Link& link, HttpRequest request);
    void note_asker(Link& link, UserId asker);
    void answer(LinkId id, HttpResponse response);
    void upgrade(Link& link, const HttpRequest& request, std::string_view path);
    void become_app(Link& link, const HttpRequest& request, HttpResponse response,
                    Encoding encoding);
    void become_device(Link& link, HttpResponse response);
    void switch_protocol(Link& link, HttpResponse response);

    // ---- loop_device.cpp
    void device_bytes(Link& link, std::string_view bytes);
    void apply(Link& link, DeviceActions actions);
    void log_in(Link& link, const DeviceLogin& login);
    void admit(Link& link);
    void move_home(Link& link);
    void adopt(std::unique_ptr<Link> link);
    void set_meta(Link& link, const DeviceMetaSet& set);
    void send_frame(Link& link, std::string_view frame);

    // ---- loop_app.cpp
    void apply(Link& link, AppActions actions);
    void request(Link& link, AppRequest request);
    bool record_look(const Link& link, const AppRequest& asked) const;
    bool record_denial(const AppDenial& denial);
    void refuse(Link& link, std::uint32_t request);
    void sign_in(Link& link, const AppRequest& request, const std::string& token);

    Shard& shard;
    AddressTable& addresses;
    Limiter& limiter;
    const EdgeSettings& settings;
    const Journal& journal;
    std::function<bool()> draining;
    std::function<bool()> is_registry_due;
    AuditDesk* audit = nullptr;
    std::shared_ptr<const TlsContext> tls;
    std::unique_ptr<PasswordWorker> passwords;
    std::unique_ptr<SeriesReader> series;
    std::unique_ptr<Api> api;
    std::vector<Loop*> loops;

    WakeWord word;
    std::atomic<bool> awake{false};  // the word is raised already
    std::atomic<bool> stopping{false};
    Mailbox<Task> mailbox;
    EpollSet epoll;
    Fd spare{::open("/dev/null", O_RDONLY | O_CLOEXEC)};  // for when none is left
    std::span<const epoll_event> ready;                   // of this turn
    bool more_events = false;                             // epoll had more than one batch
    std::thread thread;

    Now now{};
    std::vector<Task> tasks;
    std::vector<Listener> listeners;
    std::vector<std::unique_ptr<Link>> links;  // by slot
    std::vector<std::uint32_t> generations;    // by slot
    std::vector<std::uint32_t> free_slots;
    std::vector<std::pair<std::uint32_t, LinkId>> links_of_seats;  // by seat slot: generation, link
    std::vector<LinkId> slow_answers;           // INVARIANT: the links whose HttpTalk::is_slow
    Revision answered_from{};                   // of the world as of the last turn
    std::vector<LinkId> again;                  // bytes wait that epoll doesn't know of
    std::vector<std::unique_ptr<Link>> graves;  // until the turn ends
    Deadlines deadlines;
    std::string scratch;
    Output output;
    WireBatch batch;
    std::vector<Wire*> arriving;  // of the links in `brought`, for one call
    std::vector<LinkId> brought;
    Departures departures;  // INVARIANT: as many as in `batch`, in the same order
    unsigned handshake_steps = 0;
    bool drained = false;
    std::optional<Reply<Nothing>> drain_done;
    EdgeCounters counters;
};

}  // namespace treeline
