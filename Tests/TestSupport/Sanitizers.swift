internal import Foundation

/// What the sanitizers are told, for a program that is started with an environment of its own (`Scripts/sanitize`).
public let sanitizerOptions = ProcessInfo.processInfo.environment.filter { $0.key == "ASAN_OPTIONS" || $0.key == "TSAN_OPTIONS" }

/// The minutes a test may take: under a sanitizer the same work, beside all other tests, takes up to thirty times as long.
public func allowedMinutes(_ minutes: Int) -> Int { sanitizerOptions.isEmpty ? minutes : 30 * minutes }
