// How the scheduler treats the calling thread, and what tools call it. Where it can't be had,
// nothing is lost but smoothness.
#pragma once

#include <string>

namespace treeline {

// As `ps -T`, `top -H` and a debugger show it, which is the first 15 bytes.
void name_thread(const std::string& name);

// Takes a smaller share where cores are scarce: nicer (nice(2)) than the process was started, by as
// much, up to 19. Anybody may.
void become_nicer(int by);

// For a thread that works briefly and is waited for: it runs soon after it wakes, before those who
// run in long slices, and has no larger share for it. Source: sched(7), EEVDF's slices; Linux 6.12
// and later, older ones take no notice.
void become_prompt();

}  // namespace treeline
