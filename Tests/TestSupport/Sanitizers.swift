internal import Foundation

/// What the sanitizers are told, for a program that is started with an environment of its own (`Scripts/sanitize`).
public let sanitizerOptions = ProcessInfo.processInfo.environment.filter { $0.key == "ASAN_OPTIONS" || $0.key == "TSAN_OPTIONS" }
