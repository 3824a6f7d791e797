// To the worker and back.
#include "broker/server/threads/history_desk.hpp"

namespace treeline {
namespace {

using Result = storage::Result<SeriesPage>;

struct Job {
    SeriesQuery query;
    std::function<void(Task)> post;
    Reply<Result> reply;
};

void carry_out(Job& job, const storage::Store& store) {
    job.post(Task([reply = std::move(job.reply), page = read_series(store, job.query)](
                      Nothing) mutable { reply(std::move(page)); }));
}

class Desk final : public SeriesReader {
  public:
    Desk(Worker& worker, const storage::Store& store, std::function<void(Task)> post)
        : worker_(worker), store_(store), post_(std::move(post)) {}

    bool read(SeriesQuery query, Reply<Result>&& reply) override {
        auto job = std::make_shared<Job>(Job{std::move(query), post_, std::move(reply)});
        if (worker_.post(Task([job, &store = store_](Nothing) { carry_out(*job, store); }))) {
            return true;
        }
        reply = std::move(job->reply);
        return false;
    }

  private:
    Worker& worker_;
    const storage::Store& store_;
    std::function<void(Task)> post_;
};

}  // namespace

std::unique_ptr<SeriesReader> make_history_desk(Worker& worker, const storage::Store& store,
                                                std::function<void(Task)> post) {
    return std::make_unique<Desk>(worker, store, std::move(post));
}

}  // namespace treeline
