internal import Glibc
internal import SystemPackage

/// Why a file could not be used: the call that failed and what the system said. It is about us and our disk, never
/// about what the bytes mean.
public struct FileFailure: Error, Hashable, Sendable {
  /// What went wrong.
  public enum Reason: Hashable, Sendable {
    /// The system's error number.
    case system(Int32)
    case notRegular
    case tooLarge(limit: Int)
    /// A file whose bytes never change stands there with others.
    case differs
    /// Another process holds the lock; what it wrote into the file.
    case locked(by: String)
  }

  public let path: String
  /// The system call: `open`, `write`, `fsync`…
  public let call: String
  public let reason: Reason

  public init(_ path: String, call: String, _ reason: Reason) {
    self.path = path
    self.call = call
    self.reason = reason
  }

  /// - Parameter error: of `SystemPackage`, which throws nothing but `Errno`.
  init(_ path: String, call: String, _ error: any Error) {
    self.init(path, call: call, .system((error as? Errno ?? .ioError).rawValue))
  }

  /// In the system's words.
  public var why: String {
    switch reason {
    case .system(let code): Errno(rawValue: code).description
    case .notRegular: "not a regular file"
    case .tooLarge(let limit): "larger than \(limit) bytes"
    case .differs: "it has other bytes"
    case .locked: "in use by another process"
    }
  }
}

/// Runs one call of the system under its name.
func calling<Value>(_ call: String, on path: String, _ body: () throws -> Value) throws(FileFailure) -> Value {
  do {
    return try body()
  } catch {
    throw FileFailure(path, call: call, error)
  }
}

/// Runs one call of the C library, which says -1 where it fails.
func checking(_ call: String, on path: String, _ body: () -> Int32) throws(FileFailure) {
  guard body() == 0 else { throw FileFailure(path, call: call, .system(errno)) }
}
