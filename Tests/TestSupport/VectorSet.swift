public import Foundation

/// Other people's test vectors. They are never part of a checkout: a test that finds none says so in one line and
/// passes.
public enum VectorSet {
  /// The folder that holds `Package.swift`.
  public static let projectRoot: URL = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The folder of one set, or nil after printing the line that names what is missing.
  public static func folder(_ name: String) -> URL? {
    let base =
      ProcessInfo.processInfo.environment["KHATM_VECTORS"].map { URL(filePath: $0) }
      ?? projectRoot.deletingLastPathComponent().appending(path: "shared/vectors")
    let folder = base.appending(path: name)
    guard FileManager.default.fileExists(atPath: folder.path) else {
      print("skipped: vectors \(name) (set KHATM_VECTORS to the folder that holds them)")
      return nil
    }
    return folder
  }

  /// Prints how many cases ran, so that a set which shrinks is seen.
  public static func ran(_ name: String, cases: Int, passed: Int, exceptions: Int = 0) {
    print("vectors \(name): \(cases) cases, \(passed) passed, \(exceptions) named exceptions")
  }
}
