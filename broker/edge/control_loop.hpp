// ControlLoop: the main thread's own loop: signals, the admin socket, the admin listener, timers.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mailbox.hpp"
#include "base/reply.hpp"
#include "broker/edge/epoll_set.hpp"
#include "broker/edge/http_door.hpp"
#include "net/fd.hpp"

namespace treeline {

// Blocks the signals that a ControlLoop takes, and ignores SIGPIPE. Before any thread starts.
void take_signals_by_descriptor();

// Few connections and no hurry, so plain poll(2). post: any thread; the rest: one thread.
class ControlLoop {
  public:
    struct Doors {
        std::function<void(int signal)> signal;
        // One line in, one line out; the admin socket closes after it.
        std::function<void(std::string line, Reply<std::string> reply)> command;
        std::function<void(HttpRequest request, Reply<HttpResponse> reply)> http;
    };
    explicit ControlLoop(Doors doors);
    ~ControlLoop();

    // The admin socket: mode 0600, and only this user or root is heard. False: it can't be made.
    bool listen_admin(const std::string& path);
    void listen_http(Fd listener);
    void post(Task task);
    void after(Millis delay, Task task);
    void run();  // until stop()
    void stop() { stopping_ = true; }

  private:
    struct Client;
    struct Timer {
        SteadyTime when;
        Task task;
    };
    void accept(const Fd& listener, bool http);
    void read(Client& client);
    void write(Client& client);
    void on_line(Client& client);
    void apply(Client& client, std::vector<HttpAction> actions);
    void turn();
    void take_signal();
    void run_timers(Now now);
    int wait_ms(Now now) const;
    Client* find(std::uint64_t id);

    Doors doors_;
    WakeWord word_;
    Mailbox<Task> mailbox_;
    Fd signals_;
    Fd admin_;
    std::string admin_path_;
    Fd http_;
    std::list<std::unique_ptr<Client>> clients_;
    std::vector<Timer> timers_;
    std::uint64_t next_id_ = 1;
    bool stopping_ = false;
};

}  // namespace treeline
