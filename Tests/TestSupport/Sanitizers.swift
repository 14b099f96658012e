internal import Foundation

/// What the sanitizers are told, and what is put before their libraries, for a program that is started with an
/// environment of its own (`Scripts/sanitize`).
public let sanitizerOptions = ProcessInfo.processInfo.environment
  .filter { ["ASAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"].contains($0.key) }

/// The minutes a test may take: under a sanitizer the same work, beside all other tests, takes up to thirty times as
/// long.
public func allowedMinutes(_ minutes: Int) -> Int {
  sanitizerOptions.keys.contains { $0.hasSuffix("SAN_OPTIONS") } ? 30 * minutes : minutes
}
