// Reply: an answer that somebody waits for, given exactly once.
#pragma once

#include <memory>
#include <utility>

#include "base/check.hpp"

namespace treeline {

// Move-only callable, called at most once. Whoever holds it owes the answer: dropping it uncalled
// is a bug unless the asker is gone as well (shutdown). Wrap it to change threads or types:
//   Reply<B>([reply = std::move(reply)](B b) mutable { reply(convert(b)); })
template <class T>
class Reply {
  public:
    Reply() = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Reply>)
    Reply(F&& function)  // NOLINT: implicit on purpose, like std::function
        : holder_(std::make_unique<Holder<std::decay_t<F>>>(std::forward<F>(function))) {}

    // REQUIRES: not yet called.
    void operator()(T value) {
        CHECK(holder_ != nullptr);
        auto holder = std::move(holder_);
        holder->call(std::move(value));
    }
    explicit operator bool() const { return holder_ != nullptr; }

  private:
    struct Base {
        virtual ~Base() = default;
        virtual void call(T value) = 0;
    };
    template <class F>
    struct Holder final : Base {
        explicit Holder(F&& f) : function(std::move(f)) {}
        explicit Holder(const F& f) : function(f) {}
        void call(T value) override { function(std::move(value)); }
        F function;
    };
    std::unique_ptr<Base> holder_;
};

// Work to be run once on some other thread.
struct Nothing {};
using Task = Reply<Nothing>;

}  // namespace treeline
