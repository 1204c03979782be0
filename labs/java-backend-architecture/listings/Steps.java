import java.sql.*;
import java.util.concurrent.Callable;

class Steps {
  /** The statements of OnCall, in three steps. */
  static Callable<?>[] of(Connection db, int doctor) {
    var seen = new int[1];
    return new Callable<?>[] {
      () -> seen[0] = count(db),
      () -> seen[0] < 2 ? 0 : db.createStatement().executeUpdate(
        "UPDATE doctors SET on_call = false WHERE id = " + doctor),
      () -> { db.commit(); return 0; }};
  }

  static int count(Connection db) throws SQLException {
    var rows = db.createStatement().executeQuery(
        "SELECT count(*) FROM doctors WHERE on_call");
    rows.next();
    return rows.getInt(1);
  }
}
