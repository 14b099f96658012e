/// A bounded cache of two generations. A full young generation becomes the old one, and what the old one held is
/// forgotten. What is asked for again moves over, so nothing is ever searched for the entry to evict.
///
/// A value without a lock of its own: the owner keeps it in a `Mutex`. It decides nothing; forgetting costs time alone.
@frozen
public struct GenerationalCache<Key: Hashable, Value> {
  @usableFromInline var young: [Key: Value] = [:]
  @usableFromInline var old: [Key: Value] = [:]
  /// Entries of one generation.
  @usableFromInline let half: Int

  /// - Parameter capacity: entries kept at most; below 2: none.
  @inlinable
  public init(capacity: Int) { half = max(0, capacity) / 2 }

  /// Entries kept, each counted once. It walks the old generation: for tests and figures.
  public var count: Int { young.count + old.keys.count { young[$0] == nil } }

  /// The value under a key; it counts as used.
  @inlinable
  public subscript(key: Key) -> Value? {
    mutating get {
      if let value = young[key] { return value }
      guard let value = old[key] else { return nil }
      insert(value, for: key)
      return value
    }
  }

  @inlinable
  public mutating func insert(_ value: Value, for key: Key) {
    guard half > 0 else { return }
    if young.count >= half, young[key] == nil {
      old = young
      young = [:]
    }
    young[key] = value
  }

  @inlinable
  public mutating func remove(_ key: Key) {
    young[key] = nil
    old[key] = nil
  }

  @inlinable
  public mutating func removeAll() {
    young = [:]
    old = [:]
  }
}

extension GenerationalCache: Sendable where Key: Sendable, Value: Sendable {}
