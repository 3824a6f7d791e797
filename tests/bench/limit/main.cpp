// bench_limit PORT CERTIFICATE KEY: prints `listening on 127.0.0.1:PORT` and forwards.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>

#include "tests/bench/limit/forwarder.hpp"

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: bench_limit PORT CERTIFICATE KEY\n");
        return 64;
    }
    std::signal(SIGPIPE, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    auto context = treeline::limit::make_context(argv[2], argv[3]);
    if (!context) {
        std::fprintf(stderr, "bench_limit: cannot use %s and %s\n", argv[2], argv[3]);
        return 78;
    }
    treeline::limit::Forwarder forwarder(std::move(context));
    const auto port = forwarder.listen(static_cast<std::uint16_t>(std::atoi(argv[1])));
    if (port == 0) {
        std::fprintf(stderr, "bench_limit: cannot listen on port %s\n", argv[1]);
        return 69;
    }
    std::printf("listening on 127.0.0.1:%u\n", unsigned{port});
    std::fflush(stdout);
    forwarder.run();
}
