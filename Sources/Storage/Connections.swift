internal import CSQLite
package import GRDB

extension Configuration {
  /// Counting what is allocated serves limits that nothing here sets, and costs one lock for all connections of a
  /// process at each allocation. Those are many: Debian builds SQLite without the small stores of each connection. Has
  /// no effect once SQLite is in use; it stays correct.
  private static let uncounted: CInt = khatm_sqlite_without_memory_statistics()

  /// What a connection of ours begins with. - Parameter busy: seconds to wait for another that writes.
  package static func plain(busy: Double) -> Configuration {
    _ = uncounted
    var configuration = Configuration()
    configuration.busyMode = .timeout(busy)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON") }
    return configuration
  }
}
