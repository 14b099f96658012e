internal import Glibc
internal import SystemPackage

/// Whole writes to a descriptor of the process: `stdout` of the C library is not safe to share.
public enum StandardIO {
  /// - Throws: the system's error; `brokenPipe` where the reader went away.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) throws(FileFailure) {
    try calling("write", on: "descriptor \(descriptor)") {
      _ = try FileDescriptor(rawValue: descriptor).writeAll(bytes)
    }
  }

  /// Words for people. What cannot be written there has nobody to be told of it.
  public static func say(_ text: String, to descriptor: Int32) { try? write(Array(text.utf8), to: descriptor) }
}

extension FileFailure {
  /// The reader of a pipe went away.
  public var isBrokenPipe: Bool { reason == .system(Errno.brokenPipe.rawValue) }
}
