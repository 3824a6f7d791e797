// The operators' commands, as the admin socket carries them.
//
//   request   one line: a JSON object {"command": WORD, …} or plain words: WORD [ARGUMENT]
//   answer    one line: a JSON object; "exit" holds the exit code for a client (0: done), "error"
//             what went wrong, "text" something to be printed as it is
#pragma once

#include <string>

#include "base/reply.hpp"

namespace treeline {

class Broker;

// Owned by the main thread.
class AdminCommands {
  public:
    explicit AdminCommands(Broker& broker) : broker_(broker) {}
    void carry_out(const std::string& line, Reply<std::string> reply);

  private:
    void new_root(const std::string& line, Reply<std::string> reply);
    void blocking(const std::string& word, const std::string& directory, Reply<std::string> reply);
    Broker& broker_;
};

}  // namespace treeline
