/*
 * fault_list.h - every fault point, once: FAULT(ENUM, "name", "sentence").
 * Included several times by fault.h and fault.c; has no guard on purpose.
 */
FAULT(FAULT_DB_CONNECT, "db.connect",
      "opening a connection fails as if refused")
FAULT(FAULT_DB_QUERY, "db.query", "a statement loses its connection")
FAULT(FAULT_DB_STREAM, "db.stream", "a stream loses its connection at a row")
FAULT(FAULT_DB_SNAPSHOT, "db.snapshot", "the shared snapshot cannot be proven")
FAULT(FAULT_DATA_SPILL, "data.spill", "a spill file cannot be written")
