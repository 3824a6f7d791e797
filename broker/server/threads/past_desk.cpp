// Asks wait in the worker's queue; the past itself is touched by its thread alone.
#include "broker/server/threads/past_desk.hpp"

#include <utility>

namespace treeline {
namespace {

struct Job {
    PastAsk ask;
    Reply<std::vector<PastWorld>> reply;
};

class Desk final : public PastDesk {
  public:
    Desk(Worker& worker, const storage::Store& store, const storage::Log& log)
        : worker_(worker), past_(store, log) {}

    bool ask(PastAsk ask, Reply<std::vector<PastWorld>>&& reply) override {
        const auto job = std::make_shared<Job>(Job{std::move(ask), std::move(reply)});
        if (worker_.post(Task([this, job](Nothing) { job->reply(past_.find(job->ask)); }))) {
            return true;
        }
        reply = std::move(job->reply);
        return false;
    }

  private:
    Worker& worker_;
    Past past_;
};

}  // namespace

std::unique_ptr<PastDesk> make_past_desk(Worker& worker, const storage::Store& store,
                                         const storage::Log& log) {
    return std::make_unique<Desk>(worker, store, log);
}

}  // namespace treeline
