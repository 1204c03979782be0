import java.sql.*;

class OnCall {
  static boolean leave(Connection db, int doctor)
      throws Exception {
    db.setAutoCommit(false);
    var rows = db.createStatement().executeQuery(
        "SELECT count(*) FROM doctors WHERE on_call");
    rows.next();
    boolean safe = rows.getInt(1) >= 2;
    if (safe) db.createStatement().executeUpdate(
        "UPDATE doctors SET on_call = false"
        + " WHERE id = " + doctor);
    db.commit();
    return safe;
  }
}
