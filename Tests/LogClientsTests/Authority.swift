import Encodings
import Fixtures
import Foundation
import LogClients

let start = Instant(seconds: 1_795_000_000)

extension TestPublisher {
  convenience init(host: String = "khatm.example") throws { try self.init(.whenAsked, host: host, now: start) }

  var trust: LogTrust { get throws { try LogTrust.read(.folder(path), anchor: rootPEM) } }
}

/// A folder that goes with the test.
final class Scratch {
  let url = FileManager.default.temporaryDirectory.appending(path: "khatm-follow-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }  // as above
  subscript(name: String) -> String { url.appending(path: name).path }
}
